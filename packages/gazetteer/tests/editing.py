"""Small trees, edits of them, and what an output holds."""

from __future__ import annotations

import os
import shutil
import tempfile
from pathlib import Path

from gazetteer.build import Built, build
from gazetteer.opening import config_of
from gazetteer.store import Store

FILES = {
    "README.md": "# Shop\n\nSells things: see [the model](src/model.py).\n",
    "include/api.h": '#pragma once\n#define SHOP_API __attribute__((visibility("default")))\n',
    "include/node.h": '#include "api.h"\nstruct Base {};\nclass SHOP_API Node : public Base {\n public:\n  void release();\n};\n',
    "src/node.cpp": '#include "../include/node.h"\nvoid Node::release() {}\n',
    "src/__init__.py": "",
    "src/model.py": '"""What is sold."""\n\nclass Basket:\n    """Things."""\n\n    def total(self) -> int:\n        return 0\n',
    "src/use.py": "from .model import Basket\n\n\ndef checkout(basket: Basket) -> int:\n    return basket.total()\n",
    "tests/test_model.py": "from src.model import Basket\n\n\ndef test_total():\n    assert Basket().total() == 0\n",
    "data.bin": "\0\1",
}


def make_tree(root: Path, files: dict[str, str] | None = None) -> None:
    """Write files, with the folders above them."""
    for path, text in (FILES if files is None else files).items():
        put(root / path, text)


def put(path: Path, text: str) -> None:
    """Write a file, whatever lies there or above."""
    for above in reversed(path.parents):
        if above.is_file():
            above.unlink()
    if path.is_dir():
        shutil.rmtree(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)


def apply_edit(root: Path, kind: str, path: str, text: str) -> None:
    """Write a file; or, if it is there, put a text before or behind its own, move it to the path that `text` is, or delete it."""
    place = root / path
    if kind == "write":
        put(place, text)
    elif place.is_file():
        content = place.read_text()
        if kind == "append":
            place.write_text(content + text)
        elif kind == "prepend":
            place.write_text(text + content)
        elif kind == "move" and text != path:
            place.unlink()
            put(root / text, content)
        elif kind == "delete":
            place.unlink()


def assert_edits_give_what_a_first_build_gives(
    files: dict[str, str], scripts: list[list[tuple[str, str, str]]], formats: tuple[str, ...] = ("md",)
) -> None:
    """Build a tree; then, after each script of edits, again, which must give what a first build gives."""
    with tempfile.TemporaryDirectory() as folder:
        root, out, store = Path(folder, "tree"), Path(folder, "out"), Path(folder, "store.sqlite")
        make_tree(root, files)
        build_once(root, out, store, formats)
        for script in scripts:
            for edit in script:
                apply_edit(root, *edit)
            build_once(root, out, store, formats)
            assert contents(out) == cold(root, out, formats)


def contents(folder: Path) -> dict[str, bytes]:
    """Path and bytes of each file below a folder."""
    return {os.path.relpath(p, folder): p.read_bytes() for p in sorted(folder.rglob("*")) if p.is_file()}


def build_once(root: Path, out: Path, store: Path | None, formats: tuple[str, ...] = ("md",), jobs: int = 1) -> Built:
    """One build in this process, and in others that it forks where there are to be several."""
    with Store(store) as opened:
        return build(root, out, config_of(root), opened, formats=formats, jobs=jobs)


def cold(root: Path, out: Path, formats: tuple[str, ...] = ("md",)) -> dict[str, bytes]:
    """What a first build gives; it is made beside `out`, so that relative paths are the same, and removed."""
    fresh = out.with_name("fresh")
    shutil.rmtree(fresh, ignore_errors=True)
    build_once(root, fresh, None, formats)
    found = contents(fresh)
    shutil.rmtree(fresh)
    return found
