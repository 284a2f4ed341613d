"""Names that very many files of a tree have, and files that name one of these."""

from __future__ import annotations

import time
from pathlib import Path

from gazetteer.atlas import Edge
from gazetteer.compose import Book
from gazetteer.config import Config
from gazetteer.discover import Entry, discover
from gazetteer.document import PageRef
from gazetteer.facts import Facts
from gazetteer.gather import SourceFile, gather
from gazetteer.lang.python.resolve import resolve as resolve_python
from gazetteer.model import Counts, FileRecord, Import, ImportedName
from gazetteer.render.links import Links
from gazetteer.render.markdown import markdown
from gazetteer.resolve import resolve
from gazetteer.resolve.declared import owners
from gazetteer.resolve.paths import Paths
from gazetteer.store import Store


def test_files_of_one_name_are_found_by_their_folders() -> None:  # it was the square of their number
    folders = [f"top/d{number}" for number in range(20_000)]
    paths = Paths([*(f"{folder}/util.h" for folder in folders), "top/x/d7/util.h", "d9/util.h"])
    began = time.process_time()
    found = [paths.ending(f"{folder.rpartition('/')[2]}/util.h") for folder in folders]
    near = [paths.nearest(f"{folder}/a.c", "top/none.h") or paths.nearest(f"{folder}/a.c", "d7/util.h") for folder in folders]
    assert time.process_time() - began < 5  # it was a minute
    assert found[7:10] == [["top/d7/util.h", "top/x/d7/util.h"], ["top/d8/util.h"], ["d9/util.h", "top/d9/util.h"]]
    assert near[5] == "top/d7/util.h"
    assert paths.nearest("top/x/y.c", "d7/util.h") == "top/x/d7/util.h"
    assert len(paths.ending("util.h")) == 20_002
    assert paths.ending("other/util.h") == paths.ending("7/util.h") == []


def test_of_very_many_files_that_may_be_meant_some_are_named(tmp_path: Path) -> None:
    for number in range(60):
        (tmp_path / f"d{number:02}").mkdir()
        (tmp_path / f"d{number:02}" / "util.h").write_text(f"int f{number};\n")
    (tmp_path / "a.c").write_text('#include "util.h"\n#include "d07/util.h"\n')
    with Store(None) as store:
        atlas = resolve("tree", gather(tmp_path, discover(tmp_path, Config()), Config(), store).files, Config())
    (ambiguous,) = atlas.missing["a.c"]
    assert ambiguous.candidates == tuple(f"d{number:02}/util.h" for number in range(50))
    assert [edge.target for edge in atlas.edges_from["a.c"]] == ["d07/util.h"]
    book = Book(atlas)
    text = markdown(book.page(PageRef("file", "a.c")), Links(book.names, None, "")).decode()
    assert "or one of 10 others" in text
    assert "d49/util.h" in text
    assert "d50/util.h" not in text
    (fact,) = Facts(atlas, tmp_path, book.anchors).missing()
    assert (len(fact.candidates), fact.more) == (50, 10)


def test_owners_of_very_many_folders() -> None:  # it was the square of their number
    rules = [("*", "@all", 1), *((f"/top/d{number}/", f"@team{number}", number + 2) for number in range(15_000))]
    rules += [("/top/d7/*.md", "@docs", 15_002), ("/top/d8", "", 15_003), ("last.*", "@last", 15_004), ("/top/d1?/x/", "@x", 15_005)]
    paths = [f"top/d{number}/{name}" for number in range(15_000) for name in ("a.py", "x/a.md")]
    files = {path: SourceFile(Entry(path, "file")) for path in (*paths, "CODEOWNERS", "a.py", "top/d7/last.md", "top/d7/b.md")}
    for file in files.values():
        file.key = b"key"
    files["CODEOWNERS"].record = FileRecord("codeowners", Counts(), values=rules)
    began = time.process_time()
    found = owners(files)
    assert time.process_time() - began < 5  # it was 30 s
    named = {path: found[path].text for path in found}
    assert named["a.py"] == "@all"
    assert (named["top/d7/a.py"], named["top/d7/b.md"], named["top/d7/last.md"]) == ("@team7", "@docs", "@last")
    assert not [path for path in named if path.startswith("top/d8/")]
    assert (named["top/d14/a.py"], named["top/d14/x/a.md"], named["top/d140/x/a.md"]) == ("@team14", "@x", "@team140")


def test_imports_of_python_in_a_tree_of_very_many_packages() -> None:  # it was the square of their number
    count = 2_000
    records = dict[str, list[Import]]()
    for number in range(count):
        near, next_one = f"packages/p{number}/", (number + 1) % count
        records[f"{near}pyproject.toml"] = records[f"{near}shop/deep/s{number}/__init__.py"] = records[f"{near}tests/__init__.py"] = []
        records[f"{near}tests/helpers.py"] = records[f"{near}own{number}/__init__.py"] = []
        records[f"{near}tests/test_all.py"] = [
            Import("from", "shop.deep", 1, 1, (ImportedName(f"s{next_one}"),)), Import("import", f"shop.deep.s{next_one}", 2, 2),
            Import("import", f"own{next_one}", 3, 3), Import("from", "tests.helpers", 4, 4, (ImportedName("run"),)),
            Import("from", "shop.deep", 5, 5, (ImportedName("gone"),)), Import("import", f"library{number}", 6, 6),
            Import("import", "shop.deep", 7, 7), Import("from", "shop", 8, 8, (ImportedName("deep"),)),
        ]  # fmt: skip
    files = list[SourceFile]()
    for path, imports in records.items():
        files.append(SourceFile(Entry(path, "file")))
        files[-1].key, files[-1].record = b"key", FileRecord("python", Counts(), imports=imports)
    began = time.process_time()
    found = list(resolve_python([file for file in files if file.path.endswith(".py")], Paths(records), Config()))
    assert time.process_time() - began < 5  # it was minutes
    own, after = "packages/p7/", "packages/p8/"
    here = [one for one in found if one.source == f"{own}tests/test_all.py"]
    assert sorted((one.line, one.target) for one in here if isinstance(one, Edge)) == [
        (1, f"{after}shop/deep/s8/__init__.py"), (2, f"{after}shop/deep/s8/__init__.py"), (3, f"{after}own8/__init__.py"),
        (4, f"{own}tests/helpers.py"),
    ]  # fmt: skip
    assert [(one.line, one.why) for one in here if not isinstance(one, Edge)] == [(5, "outside"), (6, "outside")]
