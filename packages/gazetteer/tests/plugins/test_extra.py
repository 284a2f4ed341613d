"""The extra with further grammars: what it brings is pinned, and read again when it comes, changes or goes - and nothing else is."""

from __future__ import annotations

import json
import os
import re
import shutil
import sqlite3
import subprocess
import sys
import sysconfig
import tomllib
from pathlib import Path

import pytest

from gazetteer.extract import extract, scan
from gazetteer.grammars import EXTRA, OPTIONAL
from gazetteer.lang.table import LANGUAGES
from installed import need
from trees import SOURCE, built, contents, environment, gaz, write

TREE = {
    "main.lua": 'local till = require("shop.till")\n\n-- Opens it.\nfunction open(hour)\n  return hour\nend\n',
    "shop/till.lua": "function Till:add(coin)\n  self.coins = coin\nend\n",
    "shop/__init__.py": "open = 1\n",
    "Shop.swift": "public class Shop: Base { let name: String }\n",
    "README.md": "# A tree\n",
}


def installation(site: Path, version: str | None = None) -> Path:
    """A folder with links to all that is installed; without the grammars of the extra, or with other versions of them."""
    shutil.rmtree(site, ignore_errors=True)
    site.mkdir()
    for folder in {Path(path) for name in ("purelib", "platlib") if (path := sysconfig.get_path(name))}:
        for entry in folder.iterdir():
            project, _, rest = entry.name.partition("-")
            if project not in OPTIONAL:
                (site / entry.name).symlink_to(entry)
            elif version is not None:
                (site / (f"{project}-{rest.removesuffix('.dist-info')}{version}.dist-info" if rest else project)).symlink_to(entry)
    return site


def gaz_of(site: Path, cache: Path, *arguments: object) -> str:
    """What a `gaz` says that sees this installation alone."""
    done = subprocess.run(
        [sys.executable, "-S", "-m", "gazetteer", *map(str, arguments)], capture_output=True, text=True, check=False, cwd=cache.parent,
        env=environment(cache, PYTHONPATH=f"{SOURCE}{os.pathsep}{site}"),
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return done.stdout


def records(cache: Path) -> int:
    """How many records the stores of a cache folder have."""
    return sum(sqlite3.connect(store).execute("SELECT count(*) FROM records").fetchone()[0] for store in cache.glob("*.sqlite"))


def test_a_grammar_that_comes_changes_or_goes_reads_its_files_again_and_no_others(tmp_path: Path) -> None:  # check 29
    need("lua")
    need("swift")
    tree, out, cache = write(tmp_path / "tree", TREE), tmp_path / "out", tmp_path / "cache"
    steps: list[tuple[str | None, int]] = [(None, 5), ("", 8), ("", 8), (".post1", 11), (None, 11), ("", 11)]
    for number, (grammars, known) in enumerate(steps):
        site = installation(tmp_path / "site", grammars)
        gaz_of(site, cache, "build", tree, "-o", out, "--format", "md,json")
        assert records(cache) == known, number
        gaz_of(site, tmp_path / f"cache{number}", "build", tree, "-o", tmp_path / f"out{number}", "--format", "md,json")
        assert contents(out) == contents(tmp_path / f"out{number}"), number
        page = (out / "main.lua.md").read_text()
        assert ("is read with a grammar that is not installed" in page) == (grammars is None), number
        assert ("Opens it." in page) == (grammars is not None)


def test_a_small_edit_equals_a_first_build(tmp_path: Path) -> None:  # check 29
    tree, out = write(tmp_path / "tree", TREE), tmp_path / "out"
    built(tmp_path / "cache", tree, "-o", out, "--format", "md,html,json")
    edits = (
        {"shop/till.lua": TREE["shop/till.lua"] + "\nfunction Till:sum()\nend\n"},
        {"main.lua": TREE["main.lua"].replace("shop.till", "json")},
        {"json.lua": "local x = 1\n"},
        {"Base.swift": "open class Base {}\n"},
        {"Base.swift": "open class Base {}\nclass Other {}\n"},
        {"Shop.swift": "import Foundation\n" + TREE["Shop.swift"]},
        {"Base.swift": "open class Bass {}\n"},
        {
            "b/Item.scala": "package b\nclass Item\nobject Item { val x = 1 }\n",
            "a/Use.scala": "package a\nimport b.Item\nclass Use extends Item\n",
        },
        {"b/Item.scala": "package b\nclass Item\nobject Item { val x = 2; def y = 1 }\n"},
        {"a/Use.scala": "package a\nimport b._\nclass Use extends Item { def z = 1 }\n"},
        {"b/Item.scala": "package b\nclass Items\n"},
    )
    for number, edit in enumerate(edits):
        write(tree, edit)
        built(tmp_path / "cache", tree, "-o", out, "--format", "md,html,json")
        built(tmp_path / f"cache{number}", tree, "-o", tmp_path / f"out{number}", "--format", "md,html,json")
        assert contents(out) == contents(tmp_path / f"out{number}"), number


def test_doctor_says_what_is_there_and_what_to_install(tmp_path: Path) -> None:
    tree = write(tmp_path / "tree", TREE)
    without = gaz_of(installation(tmp_path / "site"), tmp_path / "cache", "doctor", tree)
    assert re.search(r"extra all \(.*Lua.*Scala, .*Swift.*\): not installed \(pip install 'gazetteer\[all\]'\)", without)
    assert "Lua: 2 files not read, for lack of a grammar: not installed (pip install 'gazetteer[all]')" in without
    need("lua")
    told = json.loads(gaz(tmp_path / "cache", "doctor", "--json", tree).stdout)
    assert {"lua"} <= {p["language"] for p in told["quality"]}
    assert told["unread"] == []


def test_the_extra_pins_what_the_table_names() -> None:
    project = SOURCE.parent / "pyproject.toml"
    pinned = tomllib.loads(project.read_text())["project"]["optional-dependencies"][EXTRA]
    assert all(re.fullmatch(r"tree-sitter-[a-z-]+==[\d.]+", pin) for pin in pinned)
    assert {pin.partition("==")[0].replace("-", "_") for pin in pinned} == OPTIONAL
    assert {language.grammar.partition(":")[0] for language in LANGUAGES} >= OPTIONAL


@pytest.mark.parametrize("language", [language for language in LANGUAGES if language.grammar.partition(":")[0] in OPTIONAL])
def test_the_page_of_a_language_names_nothing_of_others(language: object) -> None:
    """A language of the extra is told by its own suffixes alone."""
    others = {s for other in LANGUAGES if other is not language for s in other.suffixes}
    assert not others & set(language.suffixes)  # type: ignore[attr-defined]


def test_a_file_is_read_where_the_grammar_is(tmp_path: Path) -> None:
    need("swift")
    content = TREE["Shop.swift"].encode()
    assert [s.name for s in extract(content, "swift", scan(content).counts).symbols] == ["Shop", "name"]
