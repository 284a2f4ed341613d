"""Symbolic links, pipes, devices and files that go: recorded as facts, never followed, never written through."""

import contextlib
import hashlib
import os
import re
import shutil
import stat
import struct

import pytest

from gazetteer.build import build
from gazetteer.claims import claimed
from gazetteer.config import Config
from gazetteer.discover import discover
from gazetteer.errors import OutputError
from gazetteer.output import Writer
from gazetteer.reading import read_file
from gazetteer.store import Store
from trees import SMALL, built, committed, contents, git, write

SECRET = "TOPSECRET_7f3a"


def hostile(tmp_path, *, repository):
    """A tree with links of all sorts to a secret outside, and the secret."""
    secret = write(tmp_path / "outside", {"secret.py": f"{SECRET} = 1\n", "folder/deep.py": f"def {SECRET}(): ...\n", ".gitignore": "*\n"})
    tree = write(tmp_path / "tree", SMALL)
    (tree / "passwd").symlink_to("/etc/passwd")
    (tree / "secret.py").symlink_to(secret / "secret.py")
    (tree / "relative.py").symlink_to("../outside/secret.py")
    (tree / "outside").symlink_to(secret)
    (tree / "loop").symlink_to("loop")
    (tree / "up").symlink_to("..")
    (tree / "self").symlink_to(".")
    (tree / "nothing").symlink_to("does/not/exist")
    (tree / "hook.h").symlink_to("src/hook.h")
    (tree / "pkg" / ".gitignore").symlink_to(secret / ".gitignore")
    (tree / "pkg" / ".gitattributes").symlink_to(secret / "secret.py")
    if repository:
        committed(tree)
    os.mkfifo(tree / "pipe.py")
    return tree


@pytest.mark.parametrize("repository", [True, False])
def test_links_are_facts_and_are_not_followed(tmp_path, repository):  # check 32
    tree = hostile(tmp_path, repository=repository)
    built(tmp_path / "cache", tree, "-o", tmp_path / "out")
    text = b"\n".join(contents(tmp_path / "out").values()).decode()
    assert SECRET not in text
    assert "root:x:0" not in text
    entries = {e.path: e for e in discover(tree, Config())}
    links = {path: e.target for path, e in entries.items() if e.kind == "symlink"}
    assert links.keys() >= {"passwd", "secret.py", "relative.py", "outside", "loop", "up", "self", "nothing", "hook.h"}
    assert links["passwd"] == "/etc/passwd"
    assert not any(path.startswith(("outside/", "up/", "self/", "loop/")) for path in entries)
    assert "pkg/core.py" in entries  # the ignore file that is a link ignores nothing


def test_a_folder_that_becomes_a_link_between_git_and_us(tmp_path):  # check 32
    tree = committed(write(tmp_path / "tree", {"a/x.py": "x = 1\n", "b.py": ""}))
    write(tmp_path / "outside", {"x.py": f"{SECRET} = 1\n"})
    shutil.rmtree(tree / "a")
    (tree / "a").symlink_to("../outside")
    assert {e.path: e.kind for e in discover(tree, Config())} == {"a": "symlink", "b.py": "file"}


@pytest.mark.parametrize("what", ["file", "folder", "above"])
def test_links_that_appear_after_discovery_are_not_read(tmp_path, what):  # check 32
    tree = write(tmp_path / "tree", {"a/b/x.py": "x = 1\n"})
    write(tmp_path / "outside", {"x.py": f"{SECRET} = 1\n", "b/x.py": f"{SECRET} = 1\n"})
    assert read_file(tree, "a/b/x.py") == b"x = 1\n"
    place, target = {"file": ("a/b/x.py", "x.py"), "folder": ("a/b", "b"), "above": ("a", ".")}[what]
    (shutil.rmtree if (tree / place).is_dir() else os.unlink)(tree / place)
    (tree / place).symlink_to(tmp_path / "outside" / target)
    with pytest.raises(OSError, match=r"Too many levels of symbolic links|Not a directory"):
        read_file(tree, "a/b/x.py")


def test_a_link_that_appears_during_a_build(tmp_path):  # checks 32 and 33
    """The swap comes between the first look and the second, as in the worst race."""
    tree = write(tmp_path / "tree", SMALL | {"gone.py": "y = 1\n", "grown.py": "z = 1\n", "turned.py": "z = 2\n"})
    write(tmp_path / "outside", {"core.py": f"def {SECRET}(): ...\n"})

    def swap(stage, done, of):
        if stage == "extract" and done == 0:
            (tree / "pkg" / "core.py").unlink()
            (tree / "pkg" / "core.py").symlink_to(tmp_path / "outside" / "core.py")
            (tree / "gone.py").unlink()
            (tree / "grown.py").write_text("z = 1\nmore = 2\n")
            (tree / "turned.py").unlink()
            os.mkfifo(tree / "turned.py")

    with Store(None) as store:
        build(tree, tmp_path / "out", Config(), store, progress=swap)
    pages = contents(tmp_path / "out")
    assert SECRET.encode() not in b"".join(pages.values())
    for name in ("pkg/core.py.md", "gone.py.md", "grown.py.md", "turned.py.md"):
        assert b"was changed or removed while it was read" in pages[name], name
    with Store(None) as store:  # what was not read is not remembered
        build(tree, tmp_path / "out", Config(), store)
    assert b"more" in contents(tmp_path / "out")["grown.py.md"]


@pytest.mark.parametrize("place", ["src", "src/hook.cpp.md"])
def test_nothing_is_written_through_a_link_in_the_output(tmp_path, place):  # check 32
    tree = write(tmp_path / "tree", SMALL)
    victim = write(tmp_path / "victim", {"hook.cpp.md": "mine", "README.md": "mine"})
    built(tmp_path / "cache", tree, "-o", tmp_path / "out")
    target = tmp_path / "out" / place
    (shutil.rmtree if target.is_dir() else os.unlink)(target)
    target.symlink_to(victim if place == "src" else victim / "hook.cpp.md")
    (tree / "src" / "hook.cpp").write_text("int changed;\n")
    with Store(None) as store:
        if place == "src":
            with pytest.raises(OutputError, match="a link is not written through"):
                build(tree, tmp_path / "out", Config(), store)
        else:
            build(tree, tmp_path / "out", Config(), store)
            assert not target.is_symlink()
            assert b"changed" in target.read_bytes()
    assert set(contents(victim).values()) == {b"mine"}


def index_of(*paths):
    """An index as git keeps it, with paths that git itself would not put there."""
    entries = b""
    for path in sorted(map(os.fsencode, paths)):
        entry = struct.pack(">10I", 0, 0, 0, 0, 0, 0, 0o100644, 0, 0, 0) + bytes(20) + struct.pack(">H", len(path)) + path
        entries += entry + bytes(8 - len(entry) % 8)
    content = b"DIRC" + struct.pack(">II", 2, len(paths)) + entries
    return content + hashlib.sha1(content, usedforsecurity=False).digest()


def test_an_index_made_by_hand_leads_nowhere_else(tmp_path):  # checks 32 and 35
    outside = write(tmp_path / "outside", {"secret.py": f"{SECRET} = 1\n"})
    tree = committed(write(tmp_path / "tree", SMALL))
    paths = (
        "../outside/secret.py",
        f"{outside}/secret.py",
        "src/../../outside/secret.py",
        ".git/config",
        "src/.GIT/config",
        "pkg/core.py",
        "..",
    )
    (tree / ".git/index").write_bytes(index_of(*paths))
    found = {entry.path for entry in discover(tree, Config())}
    assert "pkg/core.py" in found
    assert not [path for path in found if ".." in path or path.startswith("/") or ".git/" in path.lower()]
    built(tmp_path / "cache", tree, "-o", tmp_path / "out", "--format", "md,json")
    assert not [path for path, content in contents(tmp_path / "out").items() if SECRET.encode() in content]


@pytest.mark.parametrize("path", ["../outside/a.py", "src/../../outside/a.py", "src/..", "..", "src//hook.h", ""])
def test_no_path_that_leads_up_is_read(tmp_path, path):  # check 32
    write(tmp_path / "outside", {"a.py": "x = 1\n"})
    tree = write(tmp_path / "tree", SMALL)
    with pytest.raises(OSError, match="no path below a tree"):
        read_file(tree, path)


def test_a_manifest_cannot_remove_files_elsewhere(tmp_path):  # check 35
    """A repository may hold an "output" of its own making, with our marker and a manifest of its choice."""
    tree = write(tmp_path / "tree", SMALL)
    write(tmp_path, {"precious.txt": "a", "out/inside.md": "old"})
    with claimed(tree, tmp_path / "fresh"):
        pass
    shutil.copy(tmp_path / "fresh" / ".gazetteer", tmp_path / "out" / ".gazetteer")
    (tmp_path / "out" / "way").symlink_to(tmp_path)
    names = ["../precious.txt", str(tmp_path / "precious.txt"), "way/precious.txt", "x/../../precious.txt", "inside.md", "./inside.md", ""]
    pages = ", ".join(f'"{name}": "0"' for name in names)
    (tmp_path / "out" / "manifest.json").write_text(f'{{"pages": {{{pages}}}}}')
    (tmp_path / "out" / ".gazetteer.journal").write_bytes(b"\0".join(os.fsencode(n) for n in names) + b"\0../../x\0")
    with Store(None) as store:
        build(tree, tmp_path / "out", Config(), store)
    assert (tmp_path / "precious.txt").read_text() == "a"
    assert not (tmp_path / "out" / "inside.md").exists()


@pytest.mark.parametrize("text", ["", "{", "[]", '{"pages": 3}', '{"pages": {"a": 1}}', "\udcff"])
def test_a_broken_manifest_is_none(tmp_path, text):
    with claimed(tmp_path / "tree", tmp_path / "out"):
        (tmp_path / "out" / "manifest.json").write_bytes(text.encode("utf-8", "surrogateescape"))
        with Writer(tmp_path / "out") as writer:
            assert writer.write("a.md", b"a")
            writer.finish()
        with Writer(tmp_path / "out") as writer:
            assert not writer.write("a.md", b"a")


def test_files_become_folders_and_back(tmp_path):  # check 29
    def run(pages):
        with claimed(tmp_path / "tree", tmp_path / "out"), Writer(tmp_path / "out") as writer:
            for path, content in pages.items():
                writer.write(path, content)
            writer.finish()
        return {p: c for p, c in contents(tmp_path / "out").items() if not p.startswith(".") and p != "manifest.json"}

    for pages in ({"a": b"1"}, {"a/b/c": b"2", "a/d": b"3"}, {"a/b": b"4"}, {"a/b/c": b"5"}, {"a": b"6"}, {}):
        assert run(pages) == pages
    assert sorted(os.listdir(tmp_path / "out")) == [".gazetteer", "manifest.json"]


def test_a_folder_is_opened_once_for_the_files_below_it(tmp_path, monkeypatch):
    opened, really = [], os.open

    def noted(path, flags, *rest, **more):
        found = really(path, flags, *rest, **more)
        if flags & os.O_DIRECTORY:
            opened.append(os.fspath(path))
        return found

    with claimed(tmp_path / "tree", tmp_path / "out"), Writer(tmp_path / "out") as writer:
        monkeypatch.setattr(os, "open", noted)
        for number in range(50):
            writer.write(f"a/b/c{number % 3}/{number}.md", b"x")
            writer.write(f"site/a/b/c{number % 3}/{number}.html", b"x")
        writer.finish()
    assert sorted(opened) == ["a", "a", "b", "b", *(f"c{number}" for number in (0, 0, 1, 1, 2, 2)), "site"]


@pytest.mark.skipif(not os.path.isdir("/proc/self/fd"), reason="nothing says what is open")
def test_not_all_folders_stay_open(tmp_path):
    pages = {f"{'/'.join(['deep'] * 300)}/x.md": b"1", **{f"a/{number}/x.md": b"2" for number in range(300)}}
    with claimed(tmp_path / "tree", tmp_path / "out"), Writer(tmp_path / "out") as writer:
        before = len(os.listdir("/proc/self/fd"))
        for path, content in pages.items():
            writer.write(path, content)
            assert len(os.listdir("/proc/self/fd")) < before + 100
        writer.finish()
    assert {path: (tmp_path / "out" / path).read_bytes() for path in pages} == pages


def test_another_spelling_of_a_name_where_case_does_not_matter(tmp_path, monkeypatch):
    """Removing the old name would remove the new file; a hard link stands for such a file system."""
    with claimed(tmp_path / "tree", tmp_path / "out"):
        for name in ("Foo.md", "foo.md"):
            with Writer(tmp_path / "out") as writer:
                writer.write(name, b"x")
                if name == "foo.md":
                    os.unlink(tmp_path / "out" / "Foo.md")
                    os.link(tmp_path / "out" / "foo.md", tmp_path / "out" / "Foo.md")
                writer.finish()
                assert writer.removed == 0
        with Writer(tmp_path / "out") as writer:
            writer.write("FOO.md", b"x")
            writer.finish()
            assert writer.removed == 1  # here, where it does


def test_files_of_the_users_in_the_output_stay(tmp_path):
    tree = write(tmp_path / "tree", SMALL)
    built(tmp_path / "cache", tree, "-o", tmp_path / "out")
    write(tmp_path / "out", {"src/mine.txt": "mine"})
    shutil.rmtree(tree / "src")
    built(tmp_path / "cache", tree, "-o", tmp_path / "out")
    assert os.listdir(tmp_path / "out" / "src") == ["mine.txt"]


def test_pipes_devices_and_sockets_are_not_opened(tmp_path):  # check 33
    import socket

    tree = write(tmp_path / "tree", {"a.py": "a = 1\n"})
    os.mkfifo(tree / "pipe.py")
    os.mkfifo(tree / ".gitattributes")
    (tree / "sub").mkdir()
    os.mkfifo(tree / "sub" / ".gitignore")
    with socket.socket(socket.AF_UNIX) as made:
        made.bind(str(tree / "sock"))
    if os.geteuid() == 0:
        with contextlib.suppress(PermissionError):
            os.mknod(tree / "zero.py", stat.S_IFCHR | 0o666, os.makedev(1, 5))
    built(tmp_path / "cache", tree, "-o", tmp_path / "out")
    kinds = {e.path: e.kind for e in discover(tree, Config())}
    assert kinds.pop("a.py") == "file"
    assert set(kinds.values()) == {"special"}
    with pytest.raises(OSError, match="no regular file"):
        read_file(tree, "pipe.py")


def test_a_pipe_in_the_place_of_an_ignore_file_ends(tmp_path, monkeypatch):  # check 33
    """Git would wait for someone to write to it."""
    tree = committed(write(tmp_path / "tree", {"a.py": "a = 1\n", "sub/b.py": "b = 1\n"}))
    os.mkfifo(tree / "sub" / ".gitignore")
    monkeypatch.setattr("gazetteer.git.SECONDS", 1)
    assert {e.path for e in discover(tree, Config()) if e.kind == "file"} == {"a.py", "sub/b.py"}


def test_unreadable_files_and_folders_are_marked(tmp_path, monkeypatch):  # check 33
    """Root reads everything, so the operating system's answer is made up."""
    tree = write(tmp_path / "tree", SMALL)
    (tree / "pkg" / "tools.py").chmod(0o600)
    real_access, real_scandir = os.access, os.scandir
    monkeypatch.setattr("gazetteer.discover.os.access", lambda p, mode: "tools" not in str(p) and real_access(p, mode))

    def scandir(path):
        if str(path).endswith("/src"):
            raise PermissionError(13, "Permission denied", path)
        return real_scandir(path)

    monkeypatch.setattr("gazetteer.discover.os.scandir", scandir)
    kinds = {e.path: e.kind for e in discover(tree, Config())}
    assert kinds["pkg/tools.py"] == kinds["src"] == "unreadable"
    with Store(None) as store:
        build(tree, tmp_path / "out", Config(), store)
    assert b"permission denied" in contents(tmp_path / "out")["pkg/tools.py.md"]


def test_a_tree_of_no_files(tmp_path):
    (tmp_path / "tree").mkdir()
    assert "0 files" in built(tmp_path / "cache", tmp_path / "tree", "-o", tmp_path / "out")
    assert "0 written" in built(tmp_path / "cache", tmp_path / "tree", "-o", tmp_path / "out")


def test_names_with_newlines_and_bytes_that_are_no_text(tmp_path):  # check 19
    names = [
        b"a\nb.py",
        b"-rf.py",
        b"\xff\xfe.py",
        b"c\x1b[31m.py",
        b" ",
        b"x" * 250 + b".py",
        "ü\u202e.py".encode(),
        b"con.py",
        b"a\tb.py",
    ]
    for folder, repository in (("plain", False), ("git", True)):
        tree = tmp_path / folder
        tree.mkdir()
        for name in names:
            (tree / os.fsdecode(name)).write_bytes(b"def f(): ...\n")
        if repository:
            committed(tree)
        built(tmp_path / f"cache-{folder}", tree, "-o", tmp_path / f"out-{folder}")
        assert {os.fsencode(e.path) for e in discover(tree, Config())} == set(names)
    text = b"".join(contents(tmp_path / "out-git").values())
    assert b"\x1b" not in text
    assert "\u202e".encode() not in text
    assert re.search(rb"[^\n]*a\nb\.py", text) is None


def test_nested_repositories_are_one_entry_each(tmp_path):
    tree = write(tmp_path / "tree", {"a.py": "a = 1\n"})
    committed(write(tmp_path / "module", {"m.py": "m = 1\n"}))
    git(tree, "init", "-q")
    git(tree, "submodule", "add", "-q", str(tmp_path / "module"), "sub")
    git(tree, "commit", "-q", "-m", "sub")
    committed(write(tree / "nested", {"n.py": "n = 1\n"}))
    expected = {".gitmodules": "file", "a.py": "file", "nested": "submodule", "sub": "submodule"}
    with_git = {e.path: e.kind for e in discover(tree, Config()) if e.path != ".gitignore"}
    (tree / ".git").rename(tmp_path / "away")
    without = {e.path: e.kind for e in discover(tree, Config())}
    assert with_git == expected == without
    assert [e.path for e in discover(tree / "sub", Config())] == ["m.py"]  # its .git file names a folder that is not there now


def test_a_folder_where_the_index_has_a_file_is_no_submodule(tmp_path):  # check 29
    tree = committed(write(tmp_path / "tree", {"a.py": "", "c/d.py": ""}))
    (tree / "a.py").unlink()
    write(tree, {"a.py/x/y.py": "class New: ...\n", "c/d/e.py": ""})
    expected = [("a.py/x/y.py", "file"), ("c/d.py", "file"), ("c/d/e.py", "file")]
    assert [(e.path, e.kind) for e in discover(tree, Config())] == expected


def test_worktrees_and_submodules_have_their_own_index(tmp_path):
    main = committed(write(tmp_path / "main", {"a.py": "", "ignored.log": "", ".gitignore": "*.log\n"}))
    write(main, {".git/info/exclude": "*.tmp\n"})
    git(main, "worktree", "add", "-q", "-b", "other", str(tmp_path / "other"))
    write(tmp_path / "other", {"new.py": "", "new.log": "", "new.tmp": ""})
    assert [e.path for e in discover(tmp_path / "other", Config())] == [".gitignore", "a.py", "ignored.log", "new.py"]


def test_a_git_file_that_names_a_foreign_folder_is_not_heeded(tmp_path):  # check 35
    foreign = committed(write(tmp_path / "foreign", {"theirs.py": ""}))
    tree = write(tmp_path / "tree", {".git": f"gitdir: {foreign}/.git\n", "ours.py": ""})
    from gazetteer.git import list_files

    assert list_files(tree) is None
    assert [e.path for e in discover(tree, Config())] == ["ours.py"]


def test_ignore_rules_without_git(tmp_path):
    write(tmp_path, {
        ".gitignore": "*.log\n/build/\n!keep.log\n", "a.log": "", "keep.log": "", "build/x.py": "", "sub/build/y.py": "",
        "sub/.gitignore": "!b.log\ny.*\n", "sub/b.log": "", "sub/c.log": "", "node_modules/z.js": "", "__pycache__/q.pyc": "",
    })  # fmt: skip
    expected = [".gitignore", "keep.log", "sub/.gitignore", "sub/b.log"]
    assert [e.path for e in discover(tmp_path, Config())] == expected
    git(tmp_path, "init", "-q")
    assert [e.path for e in discover(tmp_path, Config()) if not e.path.startswith(("node_modules", "__pycache__"))] == expected


def test_a_tree_that_is_ignored_by_a_repository_around_it(tmp_path):
    committed(write(tmp_path, {".gitignore": "/vendor/\n", "own.py": ""}))
    write(tmp_path / "vendor", {"lib.py": "", "lib/two.py": ""})
    assert [e.path for e in discover(tmp_path / "vendor", Config())] == ["lib.py", "lib/two.py"]
    write(tmp_path / "sub", {"in.py": ""})
    assert [e.path for e in discover(tmp_path / "sub", Config())] == ["in.py"]


def test_variables_of_the_caller_lead_git_nowhere_else(tmp_path, monkeypatch):  # check 35
    committed(write(tmp_path / "foreign", {"theirs.py": ""}))
    tree = committed(write(tmp_path / "tree", {"ours.py": ""}))
    for name, value in {"GIT_DIR": ".git", "GIT_WORK_TREE": ".", "GIT_INDEX_FILE": ".git/index"}.items():
        monkeypatch.setenv(name, str(tmp_path / "foreign" / value))
    assert [e.path for e in discover(tree, Config())] == ["ours.py"]


def test_a_marker_of_the_repositorys_own_hides_nothing(tmp_path):  # check 35
    tree = write(tmp_path / "tree", {"src/.gazetteer": "tools = 1\n", "src/a.py": "", ".gazetteer": "x"})
    assert [e.path for e in discover(tree, Config())] == [".gazetteer", "src/.gazetteer", "src/a.py"]
    with claimed(tree, tree / "docs"):
        write(tree / "docs", {"page.md": "x"})
    assert [e.path for e in discover(tree, Config())] == [".gazetteer", "src/.gazetteer", "src/a.py"]
