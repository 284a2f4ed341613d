"""The search of a site is amended from the files that lie there, also where names are many: as a first build would make it."""

import random
from bisect import bisect_left
from unittest import mock

import pytest

import gazetteer.amend.site
from editing import build_once, cold, contents, make_tree, put
from gazetteer import search
from gazetteer.search_entries import entry_with

_FORMATS = ("html",)
_LONG = "prepare_" + "a_very_long_name_" * 12


def _files():
    """Names that share beginnings, some of them with many places, so that cells have several shards and a top."""
    found = {}
    for number in range(40):
        lines = ["import os", ""]
        for n in range(60):
            lines += [f"def prepare_{chr(97 + n % 26)}{n}_item{number}(value): ...", ""]
        lines += ["def prepare(value): ...", "", f"class Prepared{number}:", "    def run_all(self): ...", ""]
        found[f"src/part{number % 5}/m{number}.py"] = "\n".join(lines)
    found["src/part0/long.py"] = f"def {_LONG}one(): ...\ndef {_LONG}two(): ...\n"
    found["run_all/prepare.py"] = "x = 1\n"
    found["run_all/Okapi"] = "x\n"
    return found


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    folder = tmp_path_factory.mktemp("names")
    root, out, store = folder / "tree", folder / "out", folder / "store.sqlite"
    make_tree(root, _files())
    build_once(root, out, store, _FORMATS)
    return root, out, store


@pytest.mark.parametrize(
    ("path", "old", "new"),
    [
        ("src/part1/m1.py", "import os\n", "import os\n# one line more\n"),
        ("src/part1/m1.py", "import os\n", "import os\n" + "\n" * 1_000),  # lines with more digits take more room
        ("src/part2/m2.py", "def prepare(value)", "def prepare_anew_once(value): ...\n\n\ndef prepare(value)"),
        ("src/part2/m2.py", "def prepare_b27_item2(value): ...\n", ""),
        ("src/part3/m3.py", "class Prepared3", "def p(): ...\n\n\nclass Prepared3"),
        ("src/part3/m3.py", "class Prepared3", "def Zebra_crossing(): ...\n\n\nclass Prepared3"),
        ("src/part3/m3.py", "class Prepared3", "def Okapi(): ...\n\n\nclass Prepared3"),  # which was the name of a file alone
        ("src/part0/long.py", "def ", "\ndef "),
        ("run_all/prepare.py", "x = 1", "xy = 1"),
    ],
)
def test_the_search_is_amended(site, path, old, new):  # checks 25, 29
    root, out, store = site
    before = (root / path).read_text()
    put(root / path, before.replace(old, new, 1))
    assert (root / path).read_text() != before
    anew = gazetteer.amend.site.SearchOfSite._anew
    with mock.patch.object(gazetteer.amend.site.SearchOfSite, "_anew", side_effect=anew, autospec=True) as whole:
        build_once(root, out, store, _FORMATS)
    assert whole.called == (path == "src/part0/long.py")  # what was cut does not say what it was
    assert contents(out) == cold(root, out, _FORMATS)
    put(root / path, before)
    build_once(root, out, store, _FORMATS)
    assert contents(out) == cold(root, out, _FORMATS)


def test_a_declaration_becomes_a_definition_where_it_stands(tmp_path):  # check 29
    root, out, store = tmp_path / "tree", tmp_path / "out", tmp_path / "store.sqlite"
    make_tree(root, {"a.h": "struct Lonely;\n", "b.h": "struct Other {};\n"})
    build_once(root, out, store, _FORMATS)
    for text in ("struct Lonely {};\n", "struct Lonely;\n"):
        put(root / "a.h", text)
        build_once(root, out, store, _FORMATS)
        assert contents(out) == cold(root, out, _FORMATS)


@pytest.mark.parametrize(
    "imports",
    [{"src/part1/m1.py": "from src.part2 import m2"}, {"src/part4/m39.py": "from src.part2 import m7\nfrom src.part3 import m8, m13"}],
)
def test_ranks_move(tmp_path, imports):  # check 29
    root, out, store = tmp_path / "tree", tmp_path / "out", tmp_path / "store.sqlite"
    files = {path: text for path, text in _files().items() if path != "src/part0/long.py"}
    make_tree(root, files)
    build_once(root, out, store, _FORMATS)
    before = contents(out)
    for path, text in imports.items():
        put(root / path, files[path].replace("import os", f"import os\n{text}"))
    with mock.patch.object(gazetteer.amend.site.SearchOfSite, "_anew", side_effect=AssertionError("made as a whole")):
        build_once(root, out, store, _FORMATS)
    assert contents(out) == cold(root, out, _FORMATS)
    make_tree(root, files)
    build_once(root, out, store, _FORMATS)
    assert contents(out) == before


@pytest.mark.parametrize("seed", range(6))
def test_shards_before_a_name_that_is_another_are_as_they_were(monkeypatch, seed):  # check 29
    monkeypatch.setattr(search, "SHARD_BYTES", 260)
    choice = random.Random(seed)
    names = {"".join(choice.choices("ab", k=choice.randint(3, 7))): choice.randint(1, 40) for _ in range(300)}
    changed = dict(names)
    for name in choice.sample(sorted(names), 3):
        del changed[name]
    changed["ab" + "".join(choice.choices("ab", k=4)) + "_new"] = choice.randint(1, 40)
    first = min(key for name in names.keys() ^ changed.keys() for key in search.keys(name) if search.cell_of(key) == "ab")
    before, whole = _cell(names), _cell(changed)
    starts = before.table[0]
    known = starts[: max(bisect_left(starts, first) - 1, 1)]
    some = _cell(changed, known)
    made, files = dict(some.files()), {**dict(before.files()), **dict(some.files())}
    assert some.table == whole.table
    assert {path: files[path] for path, _ in whole.files()} == dict(whole.files())
    assert len(known) < 3 or len(made) < len(dict(whole.files()))


def _cell(names, starts=()):
    """The cell ``ab`` of names that have so many places."""
    some = [name for name in sorted(names) if "ab" in search.cells_of(name)]
    found = _Found({name: names[name] for name in some})
    return search.cell_from("ab", search.Names(found), starts)


class _Found:
    """Names, and what is said of each."""

    def __init__(self, totals):
        self.names, self._totals = list(totals), totals

    def __getitem__(self, number):
        name = self.names[number]
        total = self._totals[name]
        places = tuple((f"3src/{name}{n}.py", f",{n},1,", '""', "") for n in range(min(total, 6)))
        return entry_with(name, total, places)
