"""How many edits of one file are small changes: those of a history of git, and typical ones over the files of a tree.

``python -m benchmarks.replay history REPOSITORY FOLDER`` replays the commits that touched a folder; each file that a commit changed is an
edit. ``python -m benchmarks.replay typical TREE`` makes edits that people often make, in files that are chosen by chance, always the same.
Says of each sort of edit how many were amended, and why the others were built as a whole.
"""

from __future__ import annotations

import argparse
import json
import random
import re
import shutil
import subprocess
import tempfile
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from pathlib import Path
from unittest import mock

import gazetteer.amend.small
from gazetteer.amend.not_small import NotSmallError
from gazetteer.build import build
from gazetteer.config import Config
from gazetteer.store import Store

_SUFFIXES = (".py", ".md", ".js")


class Replay:
    """A copy of a tree, of which the last build is known."""

    def __init__(self, folder: Path, formats: tuple[str, ...], check: bool) -> None:
        self.root, self.out, self.formats = folder / "tree", folder / "out", formats
        self.fresh = Store(folder / "fresh.sqlite") if check else None
        self.store, self.refused = Store(folder / "store.sqlite"), ""
        self.found: list[tuple[str, str, str, float]] = []
        self._amended = gazetteer.amend.small.amended

    def build(self) -> str:
        """Build; why that was no small change, or an empty text."""
        self.refused = "the output, or paths"

        def watched(*arguments: object) -> object:
            try:
                found = self._amended(*arguments)
            except NotSmallError as error:
                self.refused = str(error)
                raise
            self.refused = "pages"
            return found

        with mock.patch("gazetteer.amend.small.amended", watched), mock.patch("gazetteer.build._build", self._whole):
            self.is_whole = False
            build(self.root, self.out, Config(), self.store, formats=self.formats)
        return self.refused if self.is_whole else ""

    def _whole(self, *arguments: object) -> object:
        self.is_whole = True
        return _build(*arguments)

    def edit(self, sort: str, path: str, content: bytes) -> None:
        """Write a file, build, and note what was done."""
        (self.root / path).write_bytes(content)
        start = time.perf_counter()
        why = self.build()
        if self.fresh is not None:
            print(sort, path, why, flush=True)
        self.found.append((sort, path, why, time.perf_counter() - start))
        if self.fresh is not None and not why:
            self._check(sort, path)

    def _check(self, sort: str, path: str) -> None:
        """Compare the output with that of a build that writes all anew."""
        fresh = self.out.with_name("new")
        shutil.rmtree(fresh, ignore_errors=True)
        build(self.root, fresh, Config(), self.fresh, formats=self.formats)
        for place in {p.relative_to(top) for top in (fresh, self.out) for p in top.rglob("*") if p.is_file()}:
            if (
                not (fresh / place).exists()
                or not (self.out / place).exists()
                or (fresh / place).read_bytes() != (self.out / place).read_bytes()
            ):
                shutil.copytree(self.out.parent, Path(tempfile.mkdtemp(dir=self.out.parent.parent)) / "wrong")
                raise SystemExit(f"{place} is another after: {sort} {path}")

    def say(self, verbose: bool = False) -> None:
        """Say what was found."""
        by_sort: dict[str, list[str]] = defaultdict(list)
        for sort, path, why, seconds in self.found:
            by_sort[sort].append(why)
            if verbose:
                print(f"{seconds:7.3f}  {sort:<24} {path:<70} {why}")
        for sort, whys in sorted(by_sort.items()):
            amended = whys.count("")
            print(f"{sort:<32} {amended:4} of {len(whys):4} amended ({100 * amended / len(whys):.0f} %)")
        whys = [why for _, _, why, _ in self.found]
        print(f"\n{whys.count('')} of {len(whys)} amended ({100 * whys.count('') / len(whys):.1f} %); the others:")
        for why, count in Counter(filter(None, whys)).most_common():
            print(f"{count:5}  {why}")


_build = gazetteer.build._build


def _git(repository: Path, *arguments: str) -> bytes:
    return subprocess.run(["git", "-C", str(repository), *arguments], capture_output=True, check=True).stdout


def _tree(repository: Path, commit: str, folder: str) -> dict[str, str]:
    """The blobs below a folder."""
    rows = _git(repository, "ls-tree", "-rz", commit, f"{folder}/").decode().split("\0")
    return {path.removeprefix(f"{folder}/"): about.split()[2] for about, _, path in (row.partition("\t") for row in rows if row)
            if about.split()[1] == "blob"}  # fmt: skip


def history(replay: Replay, repository: Path, folder: str, most: int) -> None:
    """Replay commits, evenly chosen, until there were as many edits."""
    log = _git(repository, "log", "--no-merges", "--reverse", "--topo-order", "--format=%H %P", "--", folder).decode().splitlines()
    pairs = [row.split() for row in log if len(row.split()) == 2]
    edits = []
    for commit, parent in pairs:
        before, after = _tree(repository, parent, folder), _tree(repository, commit, folder)
        changed = [p for p in after if p in before and before[p] != after[p] and p.endswith(_SUFFIXES)]
        if changed and len(before) > 50:
            edits.append((before, after, changed))
    total = sum(len(changed) for *_, changed in edits)
    step = max(total // most, 1)
    lying: dict[str, str] = {}
    for before, after, changed in edits[step - 1 :: step]:
        _sync(replay.root, repository, lying, before)
        replay.build()
        for path in changed:
            replay.edit(path.rpartition(".")[2], path, _git(repository, "cat-file", "blob", after[path]))
            lying[path] = after[path]


def _sync(root: Path, repository: Path, lying: dict[str, str], wanted: dict[str, str]) -> None:
    for path in lying.keys() - wanted.keys():
        (root / path).unlink()
    for path, blob in wanted.items():
        if lying.get(path) != blob:
            (root / path).parent.mkdir(parents=True, exist_ok=True)
            (root / path).write_bytes(_git(repository, "cat-file", "blob", blob))
    lying.clear()
    lying.update(wanted)


Edit = Callable[[str, str, random.Random], str | None]


def _instead(pattern: str, new: str, most: int = 1) -> Edit:
    """Something in the place of one match of a pattern."""

    def edit(text: str, _path: str, chance: random.Random) -> str | None:
        found = list(re.finditer(pattern, text, re.MULTILINE))
        if not found:
            return None
        match = chance.choice(found[:most] if most else found)
        return text[: match.start()] + match.expand(new) + text[match.end() :]

    return edit


_METHOD = r"^(    def \w+\(self)"
_FIELD = r"^(  [\w:<>]+ \w+_;\n)"
_CPP: dict[str, Edit] = {
    "c++ comment": _instead(r"^(namespace|class|struct)", r"// A comment.\n\1"),
    "c++ body": _instead(r"(return [^;\n]+;)", r"(void)0;\n    \1", 0),
    "c++ include of the tree": _instead(r"^(#include <[^>\n]+/[^>\n]+>)", r"\1\n#include <c10/util/Exception.h>"),
    "c++ include of another header": _instead(r"^(#include <[^>\n]+/[^>\n]+>)", r"\1\n#include <ATen/core/Tensor.h>"),
    "c++ include of the standard": _instead(r"^(#include <)", r"#include <unordered_map>\n\1"),
    "c++ include gone": _instead(r"^#include <[^>\n]+/[^>\n]+>\n", "", 0),
    "c++ field size_": _instead(_FIELD, r"\1  int64_t size_ = 0;\n", 0),
    "c++ method size": _instead(r"^( public:\n)", r"\1  int64_t size() const { return 0; }\n", 0),
    "c++ method declared": _instead(r"^( public:\n)", r"\1  void reset(int why);\n", 0),
    "c++ method of its own": _instead(r"^( public:\n)", r"\1  bool is_quite_new_here() const;\n", 0),
    "c++ function": _instead(r"^(namespace \w+ \{\n)", r"\1\ninline int helper(int a) { return a; }\n"),
    "c++ class with a base": _instead(
        r"^((?:class|struct) \w+[^;\n]*\{)", r"struct Brandnew : public Node {\n  int value() const;\n};\n\n\1"
    ),
    "c++ parameter": _instead(r"^(  \w[\w:<>& ]* \w+\()(\w[^()\n]*\)[^;\n]*;\n)", r"\1bool flag, \2", 0),
    "c++ define": _instead(r"^(#pragma once\n)", r"\1#define QUITE_NEW_LIMIT 12\n"),
    "c++ define with parameters": _instead(r"^(#pragma once\n)", r"\1#define QUITE_NEW(x) ((x) + 1)\n"),
    "c++ using": _instead(r"^(namespace \w+ \{\n)", r"\1\nusing Scalars = int;\n"),
    "c++ method renamed": _instead(r"^(  \w[\w:<>& ]* )(\w+)(\([^()\n]*\)[^;\n]*;\n)", r"\1\2_anew\3", 0),
    "c++ enum member": _instead(r"^(enum class [^{;\n]*\{\n)", r"\1  Unknown,\n", 0),
}
_PYTHON: dict[str, Edit] = {
    "python comment": _instead(r"^(def|class) ", r"# A comment.\n\1 "),
    "python body": _instead(r"^(        return )", r"        pass\n\1", 0),
    "python import of the tree": _instead(r"^import (\w+)\n", r"import \1\nimport dataclasses\n"),
    "python from import": _instead(r"^(import \w+\n)", r"\1from collections import OrderedDict\n"),
    "python import gone": _instead(r"^import (\w+)\n", r"", 0),
    "python method run": _instead(_METHOD, r"    def run(self):\n        pass\n\n\1", 0),
    "python method forward": _instead(_METHOD, r"    def forward(self, x):\n        return x\n\n\1", 0),
    "python method __repr__": _instead(_METHOD, r'    def __repr__(self):\n        return ""\n\n\1', 0),
    "python attribute": _instead(r"^(        self\.\w+ = )", r"        self.size = 1\n\1", 0),
    "python function": _instead(r"^def (\w+)", r"def main():\n    pass\n\n\ndef \1"),
    "python function of its own": _instead(r"^def (\w+)", r"def quite_new_here():\n    pass\n\n\ndef \1"),
    "python class": _instead(r"^class (\w+)", r"class Config:\n    size = 1\n\n\nclass \1"),
    "python class with a base": _instead(r"^class (\w+)", r"class QuiteNewError(Exception):\n    pass\n\n\nclass \1"),
    "python class with a base here": _instead(
        r"^class (\w+)(.*:\n(?:.*\n)*)", r"class \1\2\n\nclass QuiteNew(\1):\n    def run(self): ...\n"
    ),
    "python parameter": _instead(_METHOD, r"\1, more=None", 0),
    "python constant": _instead(r"^(def|class) ", r"DEBUG = False\n\n\1 "),
    "python function renamed": _instead(r"^def (\w+)", r"def \1_anew", 0),
    "python method renamed": _instead(r"^(    def \w+)\(self", r"\1_anew(self", 0),
}  # fmt: skip


def typical(replay: Replay, tree: Path, each: int) -> None:
    """Make each sort of edit in some files; none is undone, but for those of one file."""
    shutil.copytree(tree, replay.root, symlinks=True, dirs_exist_ok=True)
    replay.build()
    files = sorted(p.relative_to(replay.root).as_posix() for p in replay.root.rglob("*") if p.is_file())
    for suffix, sorts in ((".h", _CPP), (".py", _PYTHON)):
        some = [p for p in files if p.endswith(suffix) and 1_500 < (replay.root / p).stat().st_size < 60_000]
        for number, (sort, edit) in enumerate(sorts.items()):
            chance = random.Random(number)
            for path, text in list(_chosen(replay.root, some, edit, chance, each)):
                replay.edit(sort, path, text.encode())


def _chosen(root: Path, files: list[str], edit: Edit, chance: random.Random, each: int) -> Iterator[tuple[str, str]]:
    found = 0
    for path in chance.sample(files, len(files)):
        try:
            text = (root / path).read_text()
        except UnicodeDecodeError:
            continue
        new = edit(text, path, chance)
        if new is not None and new != text:
            yield path, new
            found += 1
            if found == each:
                return


def main() -> None:
    """Run it."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("what", choices=("history", "typical"))
    parser.add_argument("tree", type=Path)
    parser.add_argument("folder", nargs="?", default="")
    parser.add_argument("--most", type=int, default=150)
    parser.add_argument("--each", type=int, default=6)
    parser.add_argument("--format", default="md")
    parser.add_argument("--work", type=Path)
    parser.add_argument("--json", type=Path)
    parser.add_argument("--check", action="store_true", help="Compare each output with that of a build that writes all anew.")
    parser.add_argument("-v", "--verbose", action="store_true")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory(dir=arguments.work) as folder:
        replay = Replay(Path(folder), tuple(arguments.format.split(",")), arguments.check)
        replay.root.mkdir()
        if arguments.what == "history":
            history(replay, arguments.tree, arguments.folder, arguments.most)
        else:
            typical(replay, arguments.tree, arguments.each)
        replay.say(arguments.verbose)
        if arguments.json:
            arguments.json.write_text(json.dumps(replay.found))


if __name__ == "__main__":
    main()
