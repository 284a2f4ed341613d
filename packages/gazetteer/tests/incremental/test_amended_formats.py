"""After any change, files of all formats are amended from those that lie there, and are what a first build writes."""

import os
import shutil
import tempfile
from pathlib import Path
from unittest import mock

import pytest
from hypothesis import HealthCheck, event, given, settings
from hypothesis import strategies as st

import gazetteer.amend.json
import gazetteer.amend.search
import gazetteer.amend.site
import gazetteer.build
import gazetteer.writing
from editing import build_once, cold, contents, make_tree, put
from gazetteer.amend.parts import Parts
from gazetteer.build import build
from gazetteer.config import Config
from gazetteer.parallel import Meanwhile
from gazetteer.rank import out_of_order
from gazetteer.store import Store

_FORMATS = ("md", "html", "json", "llms")
_WHOLE = gazetteer.build._build


def _files():
    """Files that lean on each other, so that ranks move, and share names, so that the order of these does."""
    found = {"README.md": "# Shop\n\nSee [one](a/m1.py#L3) and ![a picture](a/dot.png).\n", "notes.txt": "Nothing.\n"}
    for number in range(24):
        imports = [f"from a import m{n}" for n in range(number) if number % (n + 2) == 0]
        own = [f"def only_{number}(): ...", "def run_all(): ...", f"def shared_{number % 3}(): ...", f"class Shared{number % 5}:"]
        found[f"{'abc'[number % 3]}/m{number}.py"] = "\n\n".join([*imports, *own, "    def run_all(self): ..."]) + "\n"
    found["tests/test_one.py"] = "from a import m3\n\n\ndef test_only():\n    only_3(run_all, shared_1)\n"
    return found


FILES = _files()
_TEXTS = [
    FILES["a/m3.py"],
    FILES["c/m20.py"],
    "def run_all(): ...\n",
    "from a import m0, m9\n\n\nclass Shared1: ...\n",
    "# only_3 only_7\n",
    "",
]
_PATHS = [*sorted(FILES), "a/new.py", "b/deep/er.py", "d/m3.py", "tests/test_two.py", "a/README.md", "b"]
_path = st.sampled_from(_PATHS)
_edit = st.one_of(
    st.tuples(st.just("write"), _path, st.sampled_from(_TEXTS)),
    st.tuples(st.just("append"), _path, st.sampled_from(["def more(): ...\n", "from b import m1\n", "def run_all(): ...\n", "#\n"])),
    st.tuples(st.just("remove"), _path, st.just("")),
    st.tuples(st.just("move"), _path, _path),
    st.tuples(st.just("move"), st.sampled_from("abc"), st.sampled_from(["d", "a/inner", "z/y"])),
)


def _apply(root: Path, kind: str, path: str, text: str) -> None:
    place, to = root / path, root / text
    if kind == "write":
        put(place, text)
    elif kind == "append" and place.is_file():
        place.write_text(place.read_text() + text)
    elif kind == "remove":
        shutil.rmtree(place) if place.is_dir() else place.unlink(missing_ok=True)
    elif kind == "move" and place.exists() and not to.is_relative_to(place) and not place.is_relative_to(to):
        put(to, "")
        to.unlink()
        place.replace(to)


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.too_slow], derandomize=True)
@given(st.lists(st.lists(_edit, min_size=1, max_size=2), min_size=1, max_size=4), st.booleans())
def test_any_change_is_amended_in_all_formats(scripts, is_long):  # check 29
    names = mock.patch("gazetteer.amend.search._MOST_NAMES", 6 if is_long else 3_000)
    with tempfile.TemporaryDirectory() as folder, names, mock.patch("gazetteer.amend.site._FEW_NAMES", 0 if is_long else 50):
        root, out, store = Path(folder, "tree"), Path(folder, "out"), Path(folder, "store.sqlite")
        make_tree(root, FILES)
        (root / "a/dot.png").write_bytes(b"\x89PNG")
        build_once(root, out, store, _FORMATS)
        for script in scripts:
            for edit in script:
                _apply(root, *edit)
            with mock.patch.object(Parts, "outputs", side_effect=Parts.outputs, autospec=True) as parts:
                build_once(root, out, store, _FORMATS)
            event("amended" if parts.called else "made anew")
            assert contents(out) == cold(root, out, _FORMATS)


@pytest.fixture
def shop(tmp_path):
    root, out, store = tmp_path / "tree", tmp_path / "out", tmp_path / "store.sqlite"
    make_tree(root, FILES)
    build_once(root, out, store, _FORMATS)
    return root, out, store


@pytest.mark.parametrize(
    "edit",
    [
        ("append", "c/m20.py", "from a import m0\n"), ("write", "a/new.py", "def run_all(): ...\n"), ("remove", "b/m1.py", ""),
        ("move", "b/m4.py", "c/m4.py"), ("move", "tests", "a/tests"), ("write", "tests/test_two.py", "only_5\n"),
    ],
)  # fmt: skip
def test_nothing_is_made_anew_as_a_whole(shop, edit):  # check 29
    root, out, store = shop
    _apply(root, *edit)
    refused = AssertionError("made as a whole")
    with (
        mock.patch.object(gazetteer.amend.site.SearchOfSite, "_anew", side_effect=refused),
        mock.patch.object(gazetteer.amend.json.DataFiles, "_whole", side_effect=refused),
        mock.patch("gazetteer.outputs.outputs", side_effect=refused),
    ):
        build_once(root, out, store, _FORMATS)
    assert contents(out) == cold(root, out, _FORMATS)


@pytest.mark.parametrize("jobs", [2, 3])
@pytest.mark.parametrize(
    "edit",
    [
        ("append", "a/m3.py", "def one_more(): ...\n"),
        ("append", "c/m20.py", "from a import m0\n"),
        ("append", "tests/test_one.py", "only_5\n"),
    ],
)
def test_several_processes_make_what_a_small_change_reaches(shop, edit, jobs):  # checks 28, 29
    root, out, store = shop
    _apply(root, *edit)
    fork = mock.patch("os.fork", side_effect=os.fork)
    with mock.patch.object(gazetteer.writing, "WORTH", 1), fork as forked, mock.patch("gazetteer.build._build") as whole:
        build_once(root, out, store, _FORMATS, jobs)
    assert forked.call_count >= jobs - 1
    assert not whole.called
    assert contents(out) == cold(root, out, _FORMATS)
    assert build_once(root, out, store, _FORMATS).written == 0


def test_another_process_may_ask_the_store_for_what_was_committed(shop):
    _, _, store = shop
    with Store(store) as opened:
        own = opened.kept("facts", "a/m3.py")
        with Meanwhile(lambda: opened.kept("facts", "a/m3.py"), True) as asked:
            assert asked.get() == own
        opened.set_kept("facts", [("a/m3.py", b"other")])
        assert not opened.is_open_to_forks
        with Meanwhile(lambda: opened.kept("facts", "a/m3.py"), True) as asked:
            assert asked.get() is None  # not what is not committed: it failed
        assert opened.kept("facts", "a/m3.py") == b"other"


@pytest.mark.parametrize("formats", [("md", "html"), _FORMATS])
@pytest.mark.parametrize(
    ("path", "old", "new"),
    [
        ("README.md", "Sells things.", "Sells many things."),
        ("README.md", "Sells", "![a picture](docs/dot.png) Sells"),
        ("README.md", "![old](docs/old.png)", ""),
        ("docs/more.md", "It is", "It is not"),
        ("docs/more.md", "## Prices", "## More than prices"),
        ("docs/more.md", '<a id="here"></a>', ""),
        ("docs/more.md", "[the shop](../README.md)", "[the shop](../README.md#shop) and [a file](../src/one.py#L1)"),
    ],
)  # fmt: skip
def test_documents_are_amended_on_the_site(tmp_path, formats, path, old, new):  # check 29
    root, out, store = tmp_path / "tree", tmp_path / "out", tmp_path / "store.sqlite"
    files = {
        "README.md": "# Shop\n\nSells things. See [prices](docs/more.md#prices), [there](docs/more.md#here). ![old](docs/old.png)\n",
        "docs/more.md": '# More\n\n## Prices\n\nIt is <a id="here"></a> by [the shop](../README.md).\n',
        "docs/README.md": "# Documents\n\n[All](more.md#prices) <a href='more.md#here'>there</a>\n",
        "src/one.py": "def one(): ...\n",
    }
    make_tree(root, files)
    for name in ("dot", "old"):
        (root / f"docs/{name}.png").write_bytes(b"\x89PNG" + name.encode())
    build_once(root, out, store, formats)
    before = contents(out)
    with mock.patch("gazetteer.build._build", side_effect=AssertionError("built as a whole")):
        for text in (files[path].replace(old, new), files[path]):
            put(root / path, text)
            build_once(root, out, store, formats)
            made = contents(out)
            with mock.patch.object(gazetteer.build, "_build", _WHOLE):
                assert made == cold(root, out, formats)
    assert made == before


def test_a_file_that_is_too_large_grows(tmp_path):  # checks 29, 34
    root, out, store = tmp_path / "tree", tmp_path / "out", tmp_path / "store.sqlite"
    make_tree(root, {"gazetteer.toml": "[limits]\nfile_bytes = 50\n", "a.txt": "x" * 60, "b.py": "import os\n"})
    build_once(root, out, store, _FORMATS)
    put(root / "a.txt", "x" * 70)
    build_once(root, out, store, _FORMATS)
    assert contents(out) == cold(root, out, _FORMATS)


@pytest.mark.parametrize(("now", "moved"), [("abcd", ""), ("bcda", "a"), ("dabc", "d"), ("bacd", "b"), ("dcba", "bcd"), ("", "")])
def test_the_fewest_are_out_of_order(now, moved):
    found = out_of_order(now, {letter: number for number, letter in enumerate("abcd")})
    assert len(found) == len(moved)
    rest = [letter for letter in now if letter not in found]
    assert rest == sorted(rest)


def test_texts_of_files_are_brought_up_to_date(tmp_path):  # check 29
    root, out, store = tmp_path / "tree", tmp_path / "out", tmp_path / "store.sqlite"
    make_tree(root, FILES | {"gazetteer.toml": '[site]\nsource = "embed"\n'})
    build_once(root, out, store, ("md", "html"))
    for edit in (("append", "c/m20.py", "from a import m0\n"), ("remove", "b/m1.py", ""), ("write", "a/new.py", "x = 1\n")):
        _apply(root, *edit)
        build_once(root, out, store, ("md", "html"))
        assert contents(out) == cold(root, out, ("md", "html"))


@pytest.mark.parametrize("most_names", [0, 3_000])
def test_several_processes_amend(tmp_path, monkeypatch, most_names):  # checks 28, 29
    root, out = tmp_path / "tree", tmp_path / "out"
    make_tree(root, FILES)
    monkeypatch.setattr("gazetteer.writing.WORTH", 1)
    monkeypatch.setattr(gazetteer.amend.search, "_MOST_NAMES", most_names)
    for edit in (None, ("append", "c/m20.py", "from a import m0\n"), ("move", "tests", "a/tests"), ("remove", "b/m1.py", "")):
        if edit is not None:
            _apply(root, *edit)
        with Store(tmp_path / "store.sqlite") as store:
            build(root, out, Config(), store, formats=_FORMATS, jobs=2)
        assert contents(out) == cold(root, out, _FORMATS)
