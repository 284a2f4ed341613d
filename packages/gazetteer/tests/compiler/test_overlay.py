"""What an index says of a tree: on pages, in JSON, in answers; and what of it is left out because the text is another one."""

from __future__ import annotations

import json
import re

import jsonschema
import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from compiler.indexing import (
    BASE,
    BASE_TOTAL,
    BASKET,
    CONFIGURED,
    DEFINITION,
    FILES,
    FORWARD,
    PAY,
    TOTAL,
    UTF16,
    Document,
    documents,
    index_of,
    symbol,
)  # fmt: skip
from gazetteer.answers import Answers
from gazetteer.atlas import REFERS, depending
from gazetteer.compiler.indexes import indexes_of
from gazetteer.compiler.overlay import Overlay
from gazetteer.config import Config
from gazetteer.doctor import examine, report
from gazetteer.errors import SourceError, UsageError
from gazetteer.explaining import explain
from gazetteer.facts import Facts
from gazetteer.lookup import named
from gazetteer.opening import opened
from gazetteer.query import find
from gazetteer.render.json import json_outputs
from trees import built, contents, gaz, write


def facts_of(root, files, *some, tool="tester"):
    write(root, {**files, "gazetteer.toml": CONFIGURED, "index.scip": index_of(*some, tool=tool)})
    with opened(root, jobs=1) as tree:
        return Facts(tree.atlas(), root)


@pytest.fixture(scope="module", autouse=True)
def cache(tmp_path_factory):
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("GAZETTEER_CACHE_DIR", str(tmp_path_factory.mktemp("cache")))
        yield


@pytest.fixture(scope="module")
def facts(tmp_path_factory):
    return facts_of(tmp_path_factory.mktemp("overlay") / "tree", FILES, *documents())


@pytest.fixture(scope="module")
def pages(tmp_path_factory, facts):
    out = tmp_path_factory.mktemp("pages") / "out"
    told = built(out.parent / "cache", facts.root, "-o", out, "--format", "md,html,json,llms,scip", "--links", "relative", "-j", 1)
    assert told.splitlines()[1] == "index.scip: 4 documents, 0 of them not in the tree; 0 of 17 names do not stand where it says"
    checked = gaz(out.parent / "cache", "check", out)
    assert checked.returncode == 0, checked.stdout
    return {path: content.decode("utf-8", "replace") for path, content in contents(out).items()}


def edges(facts, kind):
    return {
        (e.source, e.line, e.text, e.target, facts.atlas.files[e.target].outline[e.target_symbol].line, e.method)
        for some in facts.atlas.edges_from.values() for e in some if e.kind == kind
    }  # fmt: skip


def of_compilers(facts, kind):
    return {edge for edge in edges(facts, kind) if edge[-1] == "compiler"}


def test_references_lead_to_declarations(facts):
    model, method = "shop/model.py", "compiler"
    assert edges(facts, REFERS) == {
        (model, 9, "Base", model, 4, method),
        ("shop/use.py", 1, "Basket", model, 9, method),
        ("shop/use.py", 1, "Bag", model, 9, method),
        ("shop/use.py", 5, "Bag", model, 9, method),
        ("shop/use.py", 5, "total", model, 10, method),
        ("shop/far.py", 2, "total", model, 10, method),
        ("shop/made.py", 2, "Base", model, 4, method),
        ("shop/made.py", 3, "Base", model, 4, method),
    }


def test_ranges_may_be_messages_as_later_indexers_write_them(tmp_path, facts):
    some = documents()
    for document in some:
        for said in document.message.occurrences:
            first, start, *last, end = said.range
            if last:
                said.multi_line_range.start_line, said.multi_line_range.start_character = first, start
                said.multi_line_range.end_line, said.multi_line_range.end_character = last[0], end
            else:
                said.single_line_range.line, said.single_line_range.start_character = first, start
                said.single_line_range.end_character = end
            del said.range[:]
    later = facts_of(tmp_path / "later", FILES, *some)
    assert list(later.edges()) == list(facts.edges())
    assert [e for e in later.edges() if e.kind == REFERS]


def test_bases_and_overrides_where_resolvers_found_none(tmp_path, facts):
    assert of_compilers(facts, "override") == {("shop/made.py", 7, "total", "shop/model.py", 5, "compiler")}
    assert of_compilers(facts, "base") == set()  # `made()` is not the name of a base
    files = {
        "a.go": "package a\n\ntype Base interface{ Run() }\n",
        "b.ts": "class Local extends global.Far {}\n",
        "far.ts": "class Far {}\n",
    }
    far, local = symbol("Far#"), symbol("Local#")
    some = Document("far.ts", files["far.ts"]).defines(far, "Far"), Document("b.ts", files["b.ts"]).defines(local, "Local")
    some[1].relates(local, far)
    found = facts_of(tmp_path, files, *some)
    assert of_compilers(found, "base") == {("b.ts", 1, "global.Far", "far.ts", 1, "compiler")}


def test_a_page_says_who_refers_to_a_symbol(pages):
    page = pages["shop/model.py.md"]
    (row,) = [line for line in page.splitlines() if "|class|`class Basket(Base)`|" in line]
    assert "referred to in [`shop/use.py`](use.py.md) lines [1](" in row
    assert row.endswith(" (compiler)|")
    (row,) = [line for line in page.splitlines() if "def unused()" in line]
    assert row.endswith("|no reference in `index.scip` (compiler)|")
    assert "[`index.scip`](../index.scip.md) (compiler), which covers 4 files of this tree, gives 6 names here." in page
    assert "It defines 5 symbols of this file; 3 are referred to." in page


def test_nothing_is_said_of_what_no_index_covers(pages):
    assert "## References" not in pages["tests/test_model.py.md"]
    assert "compiler" not in pages["tests/test_model.py.md"]


def test_files_lean_on_each_other_where_no_statement_says_so(pages, facts):
    (row,) = [line for line in pages["shop/far.py.md"].splitlines() if "`total`" in line and "model.py.md" in line]
    assert row.endswith("|`total`|[`shop/model.py`](model.py.md) (compiler)|")
    used_by = pages["shop/model.py.md"].partition("## Used by")[2].partition("##")[0]
    assert re.findall(r"- \[`([^`]+)`\]", used_by).count("shop/use.py") == 1
    assert "far.py.md), line [2]" in used_by
    assert used_by.count("(compiler)") == 1  # others have statements of their own


def test_used_by_is_the_inverse_of_depends_on(facts):
    atlas = facts.atlas
    out = {(e.source, e.target) for path in atlas.files for e in depending(atlas.edges_from.get(path, ())) if e.source != e.target}
    into = {(e.source, e.target) for path in atlas.files for e in depending(atlas.edges_to.get(path, ())) if e.source != e.target}
    assert out == into
    assert ("shop/far.py", "shop/model.py") in out


def test_every_edge_names_what_stands_on_its_line(facts):
    seen = 0
    for some in facts.atlas.edges_from.values():
        for edge in some:
            if edge.method == "compiler":
                assert edge.text in (facts.root / edge.source).read_text().split("\n")[edge.line - 1]
                seen += 1
    assert seen > 8


def test_json(pages):
    whole = json.loads(pages["data/schema.json"])
    by_name = {}
    for name in ("symbols", "files", "edges"):
        validator = jsonschema.Draft202012Validator({"$ref": f"#/$defs/{name}", "$defs": whole["$defs"]})
        by_name[name] = [json.loads(line) for line in pages[f"data/{name}.jsonl"].splitlines()]
        for record in by_name[name]:
            validator.validate(record)
    symbols = {s["qualified"]: s for s in by_name["symbols"] if s["path"] == "shop/model.py"}
    searched = ["index.scip, which covers 4 files of this tree"]
    assert symbols["Basket"]["references"] == {"method": "compiler", "lines": 2, "files": 1, "searched": searched}
    assert symbols["unused"]["references"] == {"method": "compiler", "lines": 0, "files": 0, "searched": searched}
    assert not any("references" in s for s in by_name["symbols"] if s["path"].startswith("tests/"))
    (model,) = [f for f in by_name["files"] if f["path"] == "shop/model.py"]
    assert model["compiled"] == [{"method": "compiler", "index": "index.scip", "names": 6, "unmatched": 0}]
    assert sum(e["kind"] == "refers" for e in by_name["edges"]) == 8


def test_records_of_symbols_are_the_same_by_either_way(facts):
    ways = [msgspec.json.encode(facts.symbol(ref)) for ref in facts.refs()], [msgspec.json.encode(s) for s in facts.symbols()]
    assert ways[0] == ways[1]


def test_without_an_index_the_schema_does_not_know_of_any(tmp_path):
    write(tmp_path, FILES)
    with opened(tmp_path, jobs=1) as tree:
        written = dict(json_outputs(Facts(tree.atlas(), tmp_path)))
    schema = json.loads(written["data/schema.json"]())
    assert "ReferencesFact" not in schema["$defs"]
    assert "references" not in schema["$defs"]["SymbolFact"]["properties"]
    assert "compiled" not in schema["$defs"]["FileFact"]["properties"]


def test_queries(facts, tmp_path):
    hits = find(facts.atlas, ["refs:Basket.total"]).hits
    assert [(hit.path, [e.line for e in hit.edges]) for hit in hits] == [("shop/far.py", [2]), ("shop/use.py", [5])]
    assert find(facts.atlas, ["refs:unused"]).notes == ("no reference to 'unused' in index.scip, which covers 4 files of this tree",)
    assert find(facts.atlas, ["refs:test_total"]).notes == ("'test_total' is not defined in index.scip, which covers 4 files of this tree",)
    with pytest.raises(UsageError, match=r"no symbol 'Baskt' in the tree; near are Basket"):
        find(facts.atlas, ["refs:Baskt"])
    write(tmp_path, FILES)
    with opened(tmp_path, jobs=1) as tree, pytest.raises(UsageError, match=r"expected \[compiler\] scip in gazetteer.toml"):
        find(tree.atlas(), ["refs:Basket"])


def test_explanations_and_answers(facts):
    found = [e for e in explain(facts, "shop/far.py -> Basket.total") if e.fact.kind == "refers"]
    assert [(e.line, e.content) for e in found] == [(2, b"    return given.basket.total()\n")]
    answers = Answers(lambda: facts, facts.root, Config())
    of = answers.call("dependents", {"of": "Basket.total"})["items"]
    assert {(e["path"], e["line"], e["method"]) for e in of} >= {("shop/far.py", 2, "compiler"), ("shop/use.py", 5, "compiler")}
    (basket,) = answers.call("get_symbol", {"name": "Basket"})["items"]
    assert basket["references"]["lines"] == 2


def test_tests_that_mention_names_are_what_they_were(facts, tmp_path):
    write(tmp_path, FILES)
    with opened(tmp_path, jobs=1) as tree:
        assert {p: t.found for p, t in tree.atlas().tests.items()} == {p: t.found for p, t in facts.atlas.tests.items()}


def test_what_does_not_fit_the_text_is_left_out_and_said(tmp_path):
    older = documents()
    facts = facts_of(tmp_path, {**FILES, "shop/use.py": "# A line more.\n" + FILES["shop/use.py"]}, *older)
    assert facts.atlas.compiled["shop/use.py"].told[0].unmatched == 5
    assert not any(edge[0] == "shop/use.py" for edge in edges(facts, REFERS))
    index = facts.atlas.indexed[0]
    assert (index.names, index.unmatched) == (17, 5)
    assert "index.scip: 4 documents, 0 of them not in the tree; 5 of 17 names do not stand where it says; most: shop/use.py (5)" in report(
        examine(facts.atlas)
    )
    out = tmp_path / "out"
    built(tmp_path / "cache", tmp_path, "-o", out, "-j", 1)
    said = "gives 5 names here; 5 of them do not stand where it says, and are left out."
    assert said in (out / "shop/use.py.md").read_text()
    # That nobody refers to a class is not known where what refers to it is not found.
    later = facts_of(tmp_path, {"shop/far.py": "", "shop/made.py": ""}, *older)
    page = (built(tmp_path / "cache", tmp_path, "-o", out, "-j", 1) and out / "shop/model.py.md").read_text()
    assert "3 references in `index.scip` do not stand where it says (compiler)" in page
    assert page.count("no reference in") == 2
    assert find(later.atlas, ["refs:Basket"]).notes == ("3 references to 'Basket' do not stand where index.scip says",)
    (basket,) = named(later.atlas, "Basket")[0]
    assert later.symbol(basket).references.unmatched == 3


def test_documents_elsewhere_are_counted(tmp_path):
    text = FILES["shop/model.py"]
    elsewhere = [Document(path, text).defines(BASE, "Base") for path in ("../shop/model.py", "/etc/passwd", "shop/../shop/model.py", "")]
    facts = facts_of(tmp_path, FILES, *elsewhere)
    assert facts.atlas.compiled == {}
    assert (facts.atlas.indexed[0].documents, facts.atlas.indexed[0].covers, facts.atlas.indexed[0].names) == (4, 0, 0)
    out = tmp_path / "out"
    assert "4 documents, 4 of them not in the tree" in built(tmp_path / "cache", tmp_path, "-o", out, "-j", 1)
    assert "(by tester 1) covers 0 files of this tree: 4 documents, 4 of them not in the tree" in (out / "README.md").read_text()


@pytest.mark.parametrize(
    "place",
    [[], [1], [1, 2], [99, 0, 4], [-1, 0, 4], [3, 6, 9_999], [3, 10, 6], [3, -2, 4], [4, 0, 3, 4], [3, 6, 10, 0, 0], [2**31 - 1] * 3],
)
def test_ranges_that_there_are_not(tmp_path, place):
    facts = facts_of(tmp_path, FILES, Document("shop/model.py", FILES["shop/model.py"]).at(place, BASE, DEFINITION))
    assert not edges(facts, REFERS)
    assert facts.atlas.compiled["shop/model.py"].defined == {}


def test_names_behind_characters_of_any_width(tmp_path):
    text = 'def f(): ...\n\n\nx = "𝔸é", f()\n'
    f = symbol("f().")
    for encoding, says in ((1, 1), (UTF16, UTF16), (3, 3), (UTF16, 0), (1, 0)):
        document = Document("a.py", text, encoding).defines(f, "f").says(f, "f", 1)
        document.message.position_encoding = says
        assert {e[:3] for e in edges(facts_of(tmp_path, {"a.py": text}, document), REFERS)} == {("a.py", 4, "f")}


def test_other_encodings(tmp_path):
    text = "# -*- coding: latin-1 -*-\ndef f(): ...\n\n\nx = 'é', f()\n"
    f = symbol("f().")
    document = Document("a.py", text, 3).defines(f, "f").says(f, "f", 1)
    assert {e[:3] for e in edges(facts_of(tmp_path, {"a.py": text.encode("latin-1")}, document), REFERS)} == {("a.py", 5, "f")}


def test_a_definition_goes_before_declarations(tmp_path):
    files = {"a.h": "int f();\n", "a.cpp": '#include "a.h"\nint f() { return 1; }\n', "b.cpp": '#include "a.h"\nint g() { return f(); }\n'}
    f = symbol("f(1f).")
    header, body, use = (Document(path, text) for path, text in files.items())
    header.says(f, "f", roles=FORWARD)
    use.says(f, "f")
    found = facts_of(tmp_path / "one", files, header, body.defines(f, "f"), use)
    assert {e[:5] for e in edges(found, REFERS)} == {("b.cpp", 2, "f", "a.cpp", 2)}
    assert found.atlas.compiled["a.h"].defined == {}
    found = facts_of(tmp_path / "two", files, header, use)
    assert {e[:5] for e in edges(found, REFERS)} == {("b.cpp", 2, "f", "a.h", 1)}


def test_a_type_and_its_name_on_one_line(tmp_path):
    text = "typedef struct box { int a; } box;\nbox b;\n"
    box = symbol("box#")
    facts = facts_of(tmp_path, {"a.c": text}, Document("a.c", text).defines(box, "box").says(box, "box", 2))
    (edge,) = (e for e in facts.atlas.edges_from["a.c"] if e.kind == REFERS)
    assert facts.atlas.files["a.c"].outline[edge.target_symbol].kind == "struct"


def test_a_name_that_many_files_define_is_none_of_one(tmp_path):
    files = {f"m{n}.c": "int main() { return 0; }\n" for n in range(9)}
    main = symbol("main(1f).")
    facts = facts_of(tmp_path, files, *(Document(path, text).defines(main, "main") for path, text in files.items()))
    assert [c.defined for c in facts.atlas.compiled.values()] == [{}] * 9


def test_overloads_are_declared_again_and_not_referred_to(tmp_path):
    text = "@overload\ndef f(a: int): ...\n@overload\ndef f(a: str): ...\ndef f(a): ...\nf(1)\n"
    f = symbol("f().")
    document = Document("a.py", text).defines(f, "f").says(f, "f", 1).says(f, "f", 2).says(f, "f", 3)
    assert {e[:3] for e in edges(facts_of(tmp_path, {"a.py": text}, document), REFERS)} == {("a.py", 6, "f")}


def test_several_indexes(tmp_path):
    model, use, far, made = documents()
    write(tmp_path, {**FILES, "gazetteer.toml": CONFIGURED, "index.scip": index_of(model, use), "other/index.scip": index_of(far, made)})
    out = tmp_path / "out"
    told = built(
        tmp_path / "cache", tmp_path, "-o", out, "-j", 1, "--scip", tmp_path / "other/index.scip", "--format", "md,json"
    ).splitlines()
    assert told[1].startswith("index.scip: 2 documents")
    assert told[2].startswith("index.scip (2): 2 documents")
    found = [json.loads(line) for line in (out / "data/edges.jsonl").read_text().splitlines()]
    assert {(e["path"], e["line"]) for e in found if e["kind"] == "refers" and e["target_line"] == 10} == {
        ("shop/use.py", 5),
        ("shop/far.py", 2),
    }
    assert str(tmp_path) not in "".join(p.read_text(errors="replace") for p in out.rglob("*") if p.is_file() and p.suffix != ".scip")


def test_a_list_that_is_cut_says_so(tmp_path):
    text = "def f(): ...\n"
    files = {"a.py": text, **{f"u/u{n:03}.py": "\nx = a.f()\n" for n in range(150)}}
    f = symbol("f().")
    some = [Document("a.py", text).defines(f, "f"), *(Document(p, t).says(f, "f") for p, t in files.items() if p != "a.py")]
    write(tmp_path, {**files, "gazetteer.toml": CONFIGURED, "index.scip": index_of(*some)})
    out = tmp_path / "out"
    built(tmp_path / "cache", tmp_path, "-o", out, "-j", 1, "--format", "md,html")
    page = (out / "a.py.md").read_text()
    assert "<summary>referred to in 150 files</summary>" in page
    assert "Here are the 100 that most others lean on, [the other 50](#S1-references) follow at the end:" in page
    first, _, rest = page.partition("Files that refer to `f`, continued")
    assert len(re.findall(r"^- \[`u/u\d+\.py`\]", first.partition("## Symbols")[2], re.MULTILINE)) == 100
    assert len(re.findall(r"^- \[`u/u\d+\.py`\]", rest, re.MULTILINE)) >= 50
    checked = gaz(tmp_path / "cache", "check", out)
    assert checked.returncode == 0, checked.stdout


def test_texts_of_an_index_stay_texts(tmp_path):
    evil = "<script>alert(1)</script>|`x`](y)"
    text = "function f() {}\nf();\n"
    f = symbol("f().")
    document = Document("a.js", text).defines(f, "f").says(f, "f", 1).at([0, 0, 5], symbol(f"`{evil}`."))
    write(tmp_path, {"a.js": text, "gazetteer.toml": '[compiler]\nscip = ["<b>i.scip"]\n', "<b>i.scip": index_of(document, tool=evil)})
    out = tmp_path / "out"
    built(tmp_path / "cache", tmp_path, "-o", out, "-j", 1, "--format", "md,html")
    for path, content in contents(out).items():
        if path.endswith((".html", ".md")):
            assert b"<script>alert" not in content
            assert b"<b>i.scip" not in content.replace(b"`<b>i.scip`", b"").replace(b"`<b>i.scip.md`", b"")
    assert "(by &lt;script&gt;" in (out / "site/index.html").read_text()


def test_what_was_exported_comes_back(tmp_path):
    write(tmp_path / "tree", FILES)
    cache, index = tmp_path / "cache", tmp_path / "own.scip"
    assert gaz(cache, "export", "scip", tmp_path / "tree", "-o", index).returncode == 0
    built(cache, tmp_path / "tree", "-o", tmp_path / "out", "--scip", index, "--format", "json", "-j", 1)
    symbols = [json.loads(line) for line in (tmp_path / "out/data/symbols.jsonl").read_text().splitlines()]
    assert all("references" in s for s in symbols)
    found = [json.loads(line) for line in (tmp_path / "out/data/edges.jsonl").read_text().splitlines()]
    bases = {(e["path"], e["line"], e["target_symbol"]) for e in found if e["kind"] == "base"}
    assert bases
    assert bases <= {(e["path"], e["line"], e["target_symbol"]) for e in found if e["kind"] == "refers"}
    assert not any(e["method"] == "compiler" for e in found if e["kind"] != "refers")  # all others were known


def test_an_index_that_git_ignores_has_no_page(tmp_path):
    write(tmp_path, {**FILES, "gazetteer.toml": CONFIGURED, "index.scip": index_of(*documents()), ".gitignore": "*.scip\n"})
    out = tmp_path / "out"
    built(tmp_path / "cache", tmp_path, "-o", out, "--format", "md,html", "-j", 1)
    assert "`index.scip` (compiler), which covers 4 files" in (out / "shop/model.py.md").read_text()
    assert not (out / "index.scip.md").exists()
    checked = gaz(tmp_path / "cache", "check", out)
    assert checked.returncode == 0, checked.stdout


def test_documents_of_one_file_again_and_again(tmp_path):
    use = Document("shop/use.py", FILES["shop/use.py"]).says(BASKET, "Basket")
    facts = facts_of(tmp_path / "few", FILES, *documents(), use)
    assert facts.atlas.indexed[0].documents == 5
    assert (facts.atlas.indexed[0].covers, facts.atlas.indexed[0].elsewhere) == (4, 0)
    assert [told.names for told in facts.atlas.compiled["shop/use.py"].told] == [5, 1]
    with pytest.raises(SourceError, match=r"the index index\.scip has more than 100 documents of shop/use\.py"):
        facts_of(tmp_path / "many", FILES, *[use] * 101)


PLACES = st.lists(st.one_of(st.integers(0, 20), st.integers(-(2**31), 2**31 - 1)), max_size=5)
SYMBOLS = st.one_of(st.sampled_from([BASE, BASE_TOTAL, BASKET, TOTAL, "local 1", symbol("`shop.model`/__init__:")]), st.text(max_size=20))


@given(st.lists(st.tuples(st.sampled_from(["shop/model.py", "shop/use.py", "index.scip", "no"]), PLACES, SYMBOLS, st.integers(0, 127))))
@settings(deadline=None)
def test_whatever_an_index_says_edges_name_what_stands_there(facts, some):
    said = [*documents()]
    for path, place, of, roles in some:
        said.append(Document(path, "").at(place, of, roles).relates(of, BASE))
    index = facts.root.parent / "any.scip"
    index.write_bytes(index_of(*said))
    overlay = Overlay(indexes_of(facts.root, Config(), [index]))
    for edge in overlay.edges(facts.atlas.files):
        assert edge.text in (facts.root / edge.source).read_text().split("\n")[edge.line - 1]
    assert overlay.indexed[0].names >= overlay.indexed[0].unmatched
    assert overlay.indexed[0].documents == len(said)


def test_unknown_symbols_are_no_facts(tmp_path):
    text = FILES["shop/far.py"]
    document = Document("shop/far.py", text).defines(PAY, "pay").says(TOTAL, "total").relates(BASE_TOTAL, BASKET)
    facts = facts_of(tmp_path, FILES, document)
    assert not edges(facts, REFERS)
    assert facts.atlas.compiled["shop/far.py"].told[0].unmatched == 0
