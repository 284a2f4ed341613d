"""The search: its files by themselves, and the reader's side run by node over files that a build has written."""

from __future__ import annotations

import json
import random
import shutil
import subprocess
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from sitetools import build_site, make_tree, pages_of, target_of

from gazetteer import search
from gazetteer.compose import Book
from gazetteer.config import Config, Limits
from gazetteer.discover import discover
from gazetteer.gather import gather
from gazetteer.outputs import files_of, outputs, paths_of
from gazetteer.resolve import resolve
from gazetteer.search_entries import Entries, Entry, Place, entry_of, kind_number, standing_of
from gazetteer.store import Store

NODE = shutil.which("node")
needs_node = pytest.mark.skipif(NODE is None, reason="node is not installed")

HOOKS = """\
#pragma once
namespace torch::dynamo::autograd { class CompiledNodeArgs; }
namespace torch::autograd {
struct PyFunctionTensorPreHook : public FunctionPreHook {
  PyFunctionTensorPreHook(PyObject* dict, size_t value_idx);
  ~PyFunctionTensorPreHook() override;
  variable_list operator()(const variable_list& values) override;
  void compiled_args(torch::dynamo::autograd::CompiledNodeArgs& args) const override;
  PyObject* dict;
};
struct PyFunctionPreHook : public FunctionPreHook { void compiled_args(int args) const; };
}
"""
_WORDS = (
    "tensor",
    "hook",
    "args",
    "pre",
    "post",
    "node",
    "graph",
    "cell",
    "view",
    "grad",
    "type",
    "size",
    "cuda",
    "value",
    "list",
    "map",
    "set",
    "key",
)


def _filler(count: int) -> dict[str, str | bytes]:
    """Names made of few words: many of them share beginnings, so the index has shards and tops of every sort."""
    draw = random.Random(5)
    files: dict[str, str | bytes] = {}
    for n in range(count // 50):
        lines = []
        for m in range(50):
            words = [draw.choice(_WORDS) for _ in range(draw.randint(1, 5))]
            snake = "_".join(words)
            lines.append(f"def {snake}_{n}(): ...\n" if m % 3 else f"class {''.join(w.title() for w in words)}{n}: ...\n")
        files[f"lib/{draw.choice(_WORDS)}/m{n:03}.py"] = "".join(lines)
    return files


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    base = tmp_path_factory.mktemp("search")
    odd = {
        "odd/日本.py": "def 名前_を_返す(): ...\nclass Größe: ...\n",
        "odd/a b#c.py": "def spaced(): ...\n",
        "csrc/python_hook.h": HOOKS,
        "csrc/core.cpp": "struct args_holder {};\n",
    }
    build_site(make_tree(base / "tree", {**_filler(3_000), **odd}), base / "out")
    return base / "out" / "site"


def ask(site: Path, *queries: str) -> list[dict[str, Any]]:
    assert NODE is not None
    script = next((site / "assets").glob("search.*.js"))
    done = subprocess.run([NODE, Path(__file__).with_name("find.js"), site, script, *queries], capture_output=True, text=True, check=True)
    return [json.loads(line) for line in done.stdout.splitlines()]


def names(answer: dict[str, Any]) -> list[str]:
    return [r["name"] for r in answer["results"]]


def test_files_of_the_index(site: Path) -> None:
    files = {p.relative_to(site).as_posix(): p.read_bytes() for p in (site / "search").rglob("*.js")}
    shards = [p for p in files if p.count("/") == 3]
    assert len(shards) > 100
    assert any("/top" in p for p in shards)
    assert max(len(search.said_in(files[p])) for p in shards) <= search.SHARD_BYTES
    assert sum(len(search.said_in(files[p])) for p in shards) > 2 * sum(len(files[p]) for p in shards)
    folders = [p for p in (site / "search").rglob("*") if p.is_dir()]
    assert all(len(list(p.iterdir())) <= 900 for p in [*folders, site / "search"])  # check 20
    assert all(content.startswith(b"gazetteerSearch.") and content.endswith(b")\n") for content in files.values())


@needs_node
def test_names_are_found_by_all_that_the_check_names(site: Path) -> None:  # check 25
    full, part, initials, args = ask(site, "PyFunctionTensorPreHook", "tensorprehook", "PFTPH", "args")
    assert names(full)[0] == "PyFunctionTensorPreHook"
    assert full["results"][0]["places"][0]["kind"] == "struct"
    assert "PyFunctionTensorPreHook" in names(part)
    assert names(initials)[0] == "PyFunctionTensorPreHook"
    assert "compiled_args" in names(args)
    for answer in (full, part, initials, args):
        assert answer["bytes"] <= 45_000, answer["query"]
        assert answer["compressed"] <= 15_000, answer["query"]


@needs_node
def test_order_of_what_is_found(site: Path) -> None:
    answer, destructor = ask(site, "compiled_args", "~PyFunctionTensorPreHook")
    assert names(answer)[0] == "compiled_args"
    assert answer["results"][0]["total"] == 2
    assert names(destructor)[0] == "~PyFunctionTensorPreHook"
    (tensor,) = ask(site, "tensorhook")
    fits = [r["fits"] for r in tensor["results"]]
    assert fits == sorted(fits)
    assert {2, 4} <= set(fits)  # prefixes, and parts after them


@needs_node
def test_filters(site: Path) -> None:
    kinds, paths, scope, member, words, letters = ask(
        site,
        "kind:struct hook",
        "path:csrc hook",
        "torch::autograd::PyFunctionPreHook",
        "PyFunctionPreHook.compiled_args",
        "hook tensor function",
        "pyfntph",
    )
    assert {p["kind"] for r in kinds["results"] for p in r["places"]} == {"struct"}
    assert "PyFunctionTensorPreHook" in names(kinds)
    assert {p["path"] for r in paths["results"] for p in r["places"]} == {"csrc/python_hook.h"}
    assert "python_hook.h" in names(paths)
    assert names(scope)[0] == "PyFunctionPreHook"
    assert [(r["name"], len(r["places"])) for r in member["results"]] == [("compiled_args", 1)]
    assert member["results"][0]["places"][0]["scope"] == "torch::autograd::PyFunctionPreHook"
    assert "PyFunctionTensorPreHook" in names(words)
    assert "PyFunctionTensorPreHook" in names(letters)
    assert max(answer["bytes"] for answer in (kinds, paths, scope, member, words, letters)) <= 60_000


@needs_node
def test_letters_find_the_tightest_name_whatever_lies_beside_it(tmp_path: Path) -> None:  # check 25
    """A shard holds names that begin otherwise than what is looked for; that these have all letters must not end the search."""
    others = "".join(f"def shared_{word}_shadow_node(): ...\n" for word in "abcdefgh")
    files = {"a.py": "class ShadowNode: ...\n" + others, "b.py": "".join(f"def shaq{i:04}_{'x' * 40}(): ...\n" for i in range(1_500))}
    build_site(make_tree(tmp_path / "tree", files), tmp_path / "out")
    answer, nothing = ask(tmp_path / "out" / "site", "shdwnd", "shdwq")
    assert any("/sh/" in loaded and "top" not in loaded for loaded in answer["loaded"])
    assert names(answer)[0] == "ShadowNode"
    assert names(nothing) == []


@needs_node
def test_forward_declarations_come_after_what_they_declare(tmp_path: Path) -> None:  # check 25
    """However much others depend on the files that have them."""
    files: dict[str, str | bytes] = {f"lib/f{i}.h": "namespace a { struct Node; }\n" for i in range(9)}
    files |= {f"lib/u{i}.cpp": f'#include "f{i % 9}.h"\n' for i in range(40)}
    build_site(make_tree(tmp_path / "tree", {**files, "lib/node.h": "namespace a { struct Node { int x; }; }\n"}), tmp_path / "out")
    (answer,) = ask(tmp_path / "out" / "site", "a::Node")
    (result,) = answer["results"]
    assert (result["name"], result["total"], len(result["places"])) == ("Node", 10, 6)
    best = result["places"][0]
    assert (best["path"], best["forward"]) == ("lib/node.h", False)
    assert all(p["forward"] and p["kind"] == "struct" for p in result["places"][1:])


@needs_node
def test_a_name_that_stands_in_many_places_is_among_the_first(tmp_path: Path) -> None:  # check 25
    """Also where a file that more others lean on has more such names than a search shows."""
    words = [a + b for a in "abcdefghijklmnopqrst" for b in "aeiouy"]
    files: dict[str, str | bytes] = {"lean.h": "".join(f"int {w}{s}_args;\n" for w in words for s in "bcdfghklmnprstvz")}
    files |= {f"user{i}.cpp": '#include "lean.h"\n' for i in range(30)}
    files |= {f"hook{i}.h": f"struct Hook{i} {{ void compiled_args(int) const; }};\n" for i in range(20)}
    build_site(make_tree(tmp_path / "tree", files), tmp_path / "out")
    (answer,) = ask(tmp_path / "out" / "site", "args")
    assert len(answer["results"]) == search.TOP_NAMES
    assert names(answer)[0] == "compiled_args"


@needs_node
def test_every_name_is_found_by_itself_and_by_its_parts(site: Path) -> None:
    draw = random.Random(7)
    known = sorted({n for content in _filler(3_000).values() for n in _names_in(str(content))})
    chosen = draw.sample(known, 60)
    queries = [q for name in chosen for q in (name, "".join(search.parts(name)[-3:]).upper())]
    answers = ask(site, *queries)
    assert len(answers) == 120
    for name, (whole, tail) in zip(chosen, zip(answers[::2], answers[1::2], strict=True), strict=True):
        assert name in names(whole)[:3], whole["query"]
        assert name in names(tail), tail["query"]


def _names_in(content: str) -> list[str]:
    return [line.split()[1].split("(")[0].rstrip(":") for line in content.splitlines()]


@needs_node
def test_names_in_other_scripts_and_odd_paths(site: Path) -> None:
    japanese, german, spaced, folder, nothing, empty, sign = ask(site, "名前", "größe", "spaced", "kind:folder odd", "zzzzqqq", "  ", "++")
    assert names(japanese) == ["名前_を_返す"]
    assert "Größe" in names(german)
    assert spaced["results"][0]["places"][0]["address"].startswith("odd/a%20b~23c.py.html#S1")
    assert names(folder) == ["odd"]
    assert names(nothing) == names(empty) == names(sign) == []


@needs_node
def test_addresses_are_pages_with_that_anchor(site: Path) -> None:  # check 16
    pages = pages_of(site.parent)
    answers = ask(
        site, "PyFunctionTensorPreHook", "名前", "Größe", "spaced", "python_hook.h", "kind:folder odd", "path:csrc args", "tensorhook"
    )
    places = [(r["name"], p) for a in answers for r in a["results"] for p in r["places"]]
    assert len(places) > 30
    for name, place in places:
        target, fragment = target_of("index.html", place["address"])
        assert target in pages, place
        assert not fragment or fragment in pages[target].ids, (name, place)
        assert bool(fragment) == (place["kind"] not in ("file", "folder"))


class Listed:
    """Names with what is said of each, as they are given."""

    def __init__(self, found: dict[str, list[Place]]) -> None:
        self.names = sorted(found, key=lambda name: (standing_of(found[name][0][0], len(found[name])), len(name), name))
        self.found = found

    def __getitem__(self, number: int) -> Entry:
        name = self.names[number]
        return entry_of(name, len(self.found[name]), self.found[name])

    def of(self, cell: str) -> Listed:
        return Listed({name: self.found[name] for name in self.names if cell in search.cells_of(name)})

    def with_name(self, name: str, place: Place) -> Listed:
        return Listed({**self.found, name: [place]})


def _entries(count: int) -> Listed:
    made: dict[str, list[Place]] = {f"name_{n % 97}_{n}": [("1a.py", n, 11, "", "")] for n in range(count)}
    made |= {f"Other{n}": [("0b/c.py", n, 3, "scope", ""), ("0b/a.py\0x.html", n, 3, "", "#.2")] for n in range(count // 4)}
    return Listed(made)


def test_a_name_changes_the_files_of_its_cells_alone() -> None:  # check 29
    before = _entries(1_600)
    old, new = dict(search.Index(before).files()), dict(search.Index(before.with_name("newArgument", ("1a.py", 5, 11, "", ""))).files())
    assert len(old) > 10
    assert any("/top" in path for path in old)
    touched = {path for path in old.keys() | new.keys() if old.get(path) != new.get(path)}
    cells = search.cells_of("newArgument")
    assert cells == ["ar", "ne"]
    assert {path.split("/")[2] for path in touched if path.count("/") == 3} == set(cells)
    assert {path for path in touched if path.count("/") == 1} <= {
        "search/index.js",
        *(f"search/{c[0]}{s}.js" for c in cells for s in ("", "-top")),
    }


def test_files_of_a_cell_are_made_of_its_names_alone() -> None:
    found = _entries(2_000)
    whole = {path: content for cell in search.cells(found) for path, content in cell.files()}
    for name in ("na", "ot"):
        (cell,) = (c for c in search.cells(found.of(name)) if c.name == name)
        made = dict(cell.files())
        assert made
        assert made == {path: content for path, content in whole.items() if path.startswith(f"search/{name[0]}/{name}/")}


def test_files_that_cells_have_a_part_in(monkeypatch: pytest.MonkeyPatch) -> None:  # check 29
    monkeypatch.setattr(search, "SHARD_BYTES", 800)
    monkeypatch.setattr(search, "_IN_FOLDER", 3)
    found = _entries(2_000)
    every = dict(search.Index(found).files())
    for cells in ({"na"}, {"ot", "na"}, {"nz"}):
        index = search.Index(found)
        some = dict([index.about()])
        for bucket in {cell[0] for cell in cells}:
            table = json.loads(search.said_in(every[f"search/{bucket}.js"]))
            some.update(index.bucket(bucket, {cell: known for cell, known in table.items() if cell not in cells}))
        assert some == {path: content for path, content in every.items() if search.has_part(path, cells)}
        assert "search/index.js" in some.keys() < every.keys()
    assert any(path.count("/") == 4 for path in every)


@needs_node
def test_cells_of_very_many_names(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:  # check 20, check 25
    monkeypatch.setattr(search, "SHARD_BYTES", 500)  # as if there were thirty times as many
    listed = dict(search.Index(Listed({f"thing_{n}_of": [(f"1src/{n % 9}.py", n, 11, "scope", "")] for n in range(10_000)})).files())
    folders = Counter(path.rpartition("/")[0] for path in listed)
    folders.update({path.rpartition("/")[0] for path in folders})
    assert sum(count for path, count in folders.items() if path.startswith("search/t/th")) > 900
    assert max(folders.values()) <= 900
    for path, content in listed.items():
        if path.startswith(("search/t", "search/index")):
            place = tmp_path / path
            place.parent.mkdir(parents=True, exist_ok=True)
            place.write_bytes(content)
    (tmp_path / "assets").mkdir()
    script = Path(search.__file__).parent / "site/assets/search.js"
    shutil.copy(script, tmp_path / "assets/search.0.js")
    exact, several = ask(tmp_path, "thing_9876_of", "thing4")
    assert names(exact) == ["thing_9876_of"]
    assert all(name.startswith("thing_4") for name in names(several)[:20])


def test_a_name_that_is_in_the_path_of_its_file_is_not_written_again() -> None:
    long = "x" * 200 + ".txt"
    found: dict[str, list[Place]] = {name: [(f"3lib/{name}", 0, kind_number("file"), "", "")] for name in ("shop.txt", long)}
    found["shop"] = [("3lib/shop", 0, kind_number("folder"), "", "")]
    files = dict(search.Index(Listed(found)).files())
    assert json.loads(search.said_in(files["search/s/sh/0.js"])) == [
        ["lib"],
        ["30/shop", "30/shop.txt"],
        [""],
        [["shop", 0, 0, kind_number("folder"), 0], 1],
    ]
    (row,) = json.loads(search.said_in(files["search/x/xx/0.js"]))[3]
    assert row[0] == "x" * 159 + "…"  # which is shorter than that of the file


@needs_node
def test_files_are_found_by_their_names(site: Path) -> None:  # check 25
    (answer,) = ask(site, "kind:file hook h")
    places = [place for result in answer["results"] for place in result["places"]]
    assert [(p["path"], p["line"], p["scope"], p["address"]) for p in places] == [("csrc/python_hook.h", 0, "", "csrc/python_hook.h.html")]
    assert [(r["name"], r["total"]) for r in answer["results"]] == [("python_hook.h", 1)]


def test_no_file_is_larger_than_it_may_be(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(search, "SHARD_BYTES", 2_000)
    draw = random.Random(11)
    found: dict[str, list[Place]] = {}
    for n in range(1_500):
        folders = "/".join(draw.choices(["größe", "src", 'a"b', "x" * 30], k=draw.randint(0, 4)))
        where = f"{draw.randint(0, 15):x}{folders}/f{n % 40}.py".replace("//", "/")
        page = draw.choice(["", f"\0{where[1:].replace('f', '_2/f')}.html", "\0odd~20.html"])
        found[draw.choice(["naïve_", "na", "naTh", 'na"']) + str(n)] = [
            (where + page, n, n % 20, "scope" * (n % 4), draw.choice(["", "3#", "#.2"]))
        ]
    shards = {path: content for path, content in search.Index(Listed(found)).files() if path.count("/") >= 3}
    assert len(shards) > 50
    assert max(len(search.said_in(content)) for content in shards.values()) <= 2_000


def book_of(root: Path) -> Book:
    config = Config()
    with Store(None) as store:
        return Book(resolve("tree", gather(root, discover(root, config), config, store).files, config))


def test_outputs_are_listed_without_the_names(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    book = book_of(make_tree(tmp_path / "tree", {"a.py": "class Name: ...\n"}))
    listed = list(outputs(book, tmp_path / "tree", tmp_path / "out", Config(), ("html",)))
    made = [path for output in listed for path, _ in files_of(output)]
    assert {path for output in listed for path in paths_of(output)} <= set(made)
    assert "site/search/n/na/0.js" in made

    def asked(*_: object) -> None:
        raise AssertionError("names were gathered before processes were forked")

    monkeypatch.setattr("gazetteer.search_entries.Entries.__init__", asked)
    assert len(list(outputs(book, tmp_path / "tree", tmp_path / "out", Config(), ("html",)))) == len(listed)


def test_places_of_a_name_are_its_best_of_each_kind_and_folder(tmp_path: Path) -> None:
    files: dict[str, str | bytes] = {
        "a/x.py": "".join(f"class C{n}:\n    def name(self): ...\n" for n in range(20)),
        "b/y.py": "def name(): ...\n",
        "c/z.py": "name = 1\n",
    }
    book = book_of(make_tree(tmp_path / "tree", files))
    entries = Entries(book, lambda ref: f"{book.names[ref.path]}.html" if ref.kind == "file" else f"{ref.path}/index.html")
    entry = entries[entries.names.index("name")]
    assert entry.end == ",22]"
    assert sorted(where[1:] for where, *_ in entry.places) == ["a/x.py"] * 4 + ["b/y.py", "c/z.py"]
    assert [what.split(",")[1] for where, what, *_ in entry.places if where.endswith("x.py")] == ["2", "4", "6", "8"]


@needs_node
def test_addresses_of_odd_pages_parts_and_anchors(tmp_path: Path) -> None:  # checks 16, 19 and 20
    many: dict[str, str | bytes] = {f"wide/f{n:03}.py": f"def wide_{n:03}(): ...\n" for n in range(120)}
    long = "".join(f'def long_{n:04}():\n    """{"Words. " * 20}"""\n' for n in range(600))
    files = {**many, "long.py": long, "a#b.py": "def odd_page(): ...\n", "op.h": "typedef struct Twice { int operator+(int b); } Twice;\n"}
    config = Config(limits=Limits(page_bytes=100_000, folder_entries=40))
    build_site(make_tree(tmp_path / "tree", files), tmp_path / "out", config)
    site, pages = tmp_path / "out/site", pages_of(tmp_path / "out")
    queries = ["wide_001", "wide_117", "f117.py", "long_0003", "long_0590", "Twice", "odd_page", "operator+", "kind:folder wide"]
    places = [(r["name"], p) for answer in ask(site, *queries) for r in answer["results"] for p in r["places"]]
    assert {q.removeprefix("kind:folder ") for q in queries} <= {name for name, _ in places}
    for name, place in places:
        target, fragment = target_of("index.html", place["address"])
        assert target in pages, (name, place)
        assert bool(fragment) == bool(place["line"])
        assert not fragment or fragment in pages[target].ids, (name, place)
    addresses = " ".join(place["address"] for _, place in places)
    assert all(sort in addresses for sort in ("wide/_", "_parts/long.py/", "op.h.html#S1.", "a~23b.py.html#S1", "wide/index.html"))


@needs_node
def test_both_sides_fold_and_split_alike(tmp_path: Path) -> None:
    assert NODE is not None
    script = Path(search.__file__).parent / "site" / "assets" / "search.js"
    cases = [
        "PyFunctionTensorPreHook",
        "HTTPServer_v2",
        "operator+=",
        "~",
        "x",
        "__init__",
        "ÀÉ_îõ",
        "日本語Name",
        "a1b2C3",
        "ABCdef",
        "İstanbul",
        "𝒳y",
        "ß",
        "python_hook.h",
    ]
    code = "const s=require(process.argv[1]);console.log(JSON.stringify(JSON.parse(process.argv[2]).map(n=>[s.fold(n),s.parts(n)])))"
    done = subprocess.run([NODE, "-e", code, script, json.dumps(cases)], capture_output=True, text=True, check=True)
    assert json.loads(done.stdout) == [[search.fold(n), search.parts(n)] for n in cases]
