"""Languages that other distributions bring, as entry points: read, resolved, and part of what a build is made of."""

from __future__ import annotations

import json
import shutil
import sys
from pathlib import Path

import pytest

from trees import SOURCE, built, contents, gaz, write

EXAMPLE = SOURCE.parent / "examples" / "gaz-lua"
TREE = {
    "main.lua": '#!/usr/bin/lua\nlocal till = require("shop.till")\nlocal json = require "json"\n\n'
    "-- Opens it.\nfunction open(hour)\n  return hour\nend\n",
    "shop/till.lua": "function Till:add(coin)\n  self.coins = coin\nend\n",
    "shop/__init__.py": "open = 1\n",
}


def install(
    site: Path, module: str = "gaz_lua", entry: str = "lua = gaz_lua:LUA", code: str = "", name: str = "gaz_lua-1.0"
) -> dict[str, str]:
    """A folder such as pip leaves, with the example or with a module of other code; the variables of a `gaz` that finds it."""
    site.mkdir(exist_ok=True)
    if code:
        (site / f"{module}.py").write_text(code)
    else:
        shutil.copytree(EXAMPLE / "gaz_lua", site / module, ignore=shutil.ignore_patterns("__pycache__"))
    write(site, {f"{name}.dist-info/entry_points.txt": f"[console_scripts]\nx = y:z\n[gazetteer.languages]\n{entry}\n"})
    return {"PYTHONPATH": f"{SOURCE}:{site}"}


def language_of(code: str) -> str:
    """A module with one language, made by an expression."""
    return f"from gazetteer.lang.language import Language\n\n\ndef walk(walk):\n    pass\n\n\nLUA = {code}\n"


def facts(out: Path, name: str) -> list[dict[str, object]]:
    return [json.loads(line) for line in (out / "data" / f"{name}.jsonl").read_text().splitlines()]


@pytest.mark.parametrize("jobs", [1, 2])
def test_a_plugin_reads_and_resolves_its_language(tmp_path: Path, jobs: int) -> None:
    tree, out, found = write(tmp_path / "tree", TREE), tmp_path / "out", install(tmp_path / "site")
    built(tmp_path / "cache", tree, "-o", out, "--format", "md,json", "--jobs", jobs, **found)
    symbols = {(s["kind"], s["qualified"], s["line"], s["end_line"]) for s in facts(out, "symbols") if str(s["path"]).endswith(".lua")}
    assert symbols == {("variable", "till", 2, 2), ("variable", "json", 3, 3), ("function", "open", 6, 8), ("method", "Till.add", 1, 3)}
    edges = [(e["path"], e["line"], e["target"], e["method"]) for e in facts(out, "edges")]
    assert edges == [("main.lua", 2, "shop/till.lua", "resolved")]
    page = (out / "main.lua.md").read_text()
    assert page.count("**Lua**") == 1
    assert "|3|`require json`|not in this tree|" in page
    assert "Opens it." in page
    assert "lua (gaz_lua-1.0)" in gaz(tmp_path / "cache", "doctor", **found).stdout


def test_a_build_after_a_change_equals_a_first_one(tmp_path: Path) -> None:  # check 29
    tree, out, found = write(tmp_path / "tree", TREE), tmp_path / "out", install(tmp_path / "site")
    built(tmp_path / "cache", tree, "-o", out, **found)
    edits = (
        {"shop/till.lua": TREE["shop/till.lua"] + "\nfunction Till:sum()\nend\n"},
        {"json.lua": "local x = 1\n"},  # which `main.lua` requires
        {"main.lua": "-- No more.\n"},
    )
    for number, edit in enumerate(edits):
        write(tree, edit)
        built(tmp_path / "cache", tree, "-o", out, **found)
        built(tmp_path / f"cache{number}", tree, "-o", tmp_path / f"out{number}", **found)
        assert contents(out) == contents(tmp_path / f"out{number}"), number


def test_a_plugin_that_comes_changes_or_goes_makes_another_build(tmp_path: Path) -> None:
    tree, out = write(tmp_path / "tree", TREE), tmp_path / "out"
    built(tmp_path / "cache", tree, "-o", out)
    without = contents(out)
    found = install(tmp_path / "site")
    built(tmp_path / "cache", tree, "-o", out, **found)
    assert contents(out) != without
    assert "0 written" in built(tmp_path / "cache", tree, "-o", out, **found)
    module = tmp_path / "site" / "gaz_lua" / "walker.py"
    module.write_text(module.read_text().replace('"variable", variable[1]', '"constant", variable[1]'))
    built(tmp_path / "cache", tree, "-o", out, **found)
    assert "constant" in (out / "main.lua.md").read_text()
    shutil.rmtree(tmp_path / "site")
    built(tmp_path / "cache", tree, "-o", out, **found)
    assert contents(out) == without


@pytest.mark.parametrize(
    ("code", "entry", "said"),
    [
        ("raise ValueError('no luck')", "", "importing 'gaz_lua:LUA' ended with ValueError: no luck"),
        ("LUA = 3", "", "'gaz_lua:LUA' is int, expected a gazetteer.lang.language.Language, or a list of them"),
        ("LUA = []", "", "'gaz_lua:LUA' is list, expected"),
        ("", "lua = gaz_moon:LUA", "importing 'gaz_moon:LUA' ended with ModuleNotFoundError"),
        (language_of("Language('Lua 5', 'Lua', walker='gaz_lua:walk')"), "", "a language cannot be called 'Lua 5'"),
        (language_of("Language('lua', 'Lua', ('.lua',))"), "", "the language 'lua' needs a walker"),
        (language_of("Language('python', 'Python', ('.lua',), walker='gaz_lua:walk')"), "", "a language 'python' is read already"),
        (language_of("Language('lua', 'Lua', ('.lua', '.py'), walker='gaz_lua:walk')"), "", "suffixes .py of 'lua' are those of 'python'"),
        (language_of("[Language('lua', 'Lua', ('.lua',), walker='gaz_lua:walk')] * 2"), "", "a language 'lua' is read already"),
    ],
)
def test_a_plugin_that_cannot_be_used_is_named(tmp_path: Path, code: str, entry: str, said: str) -> None:
    tree, out = write(tmp_path / "tree", TREE), tmp_path / "out"
    found = install(tmp_path / "site", code=code, entry=entry or "lua = gaz_lua:LUA")
    done = gaz(tmp_path / "cache", "build", tree, "-o", out, **found)
    assert done.returncode == 2
    assert f"gaz: the language 'lua' of gaz_lua-1.0 cannot be used: {said}" in done.stderr
    assert "Traceback" not in done.stderr
    assert not out.exists()


def test_a_walker_that_fails_costs_its_files_alone(tmp_path: Path) -> None:
    tree, out = write(tmp_path / "tree", TREE), tmp_path / "out"
    code = language_of("Language('lua', 'Lua', ('.lua',), walker='gaz_lua:walk')").replace("    pass", "    raise KeyError('x')")
    built(tmp_path / "cache", tree, "-o", out, **install(tmp_path / "site", code=code))
    assert "its reader failed (KeyError): nothing more is known of this file" in (out / "main.lua.md").read_text()
    assert "`open = 1`" in (out / "shop" / "__init__.py.md").read_text()


def test_the_tree_that_is_documented_brings_no_plugin(tmp_path: Path) -> None:  # check 35
    tree = write(tmp_path / "tree", TREE)
    install(tree, code=f"open({str(tmp_path / 'sprung')!r}, 'w').close()\n" + language_of("None"))
    done = gaz(tmp_path / "cache", "build", ".", "-o", tmp_path / "out", cwd=tree)
    assert done.returncode == 0, done.stderr
    assert not (tmp_path / "sprung").exists()
    done = gaz(tmp_path / "cache", "build", tree, "-o", tmp_path / "out", PYTHONPATH=f"{SOURCE}:{tree}")  # the trap can spring
    assert done.returncode == 2
    assert (tmp_path / "sprung").exists()


def test_the_first_of_two_installations_counts(tmp_path: Path) -> None:
    tree, out = write(tmp_path / "tree", TREE), tmp_path / "out"
    first = install(tmp_path / "site", name="gaz_lua-1.0")
    install(tmp_path / "other", name="gaz_lua-2.0")
    both = {"PYTHONPATH": f"{first['PYTHONPATH']}:{tmp_path / 'other'}"}
    built(tmp_path / "cache", tree, "-o", out, **both)
    assert "lua (gaz_lua-1.0)" in gaz(tmp_path / "cache", "doctor", **both).stdout


def test_the_example_is_a_distribution() -> None:
    import tomllib

    project = tomllib.loads((EXAMPLE / "pyproject.toml").read_text())["project"]
    assert project["entry-points"]["gazetteer.languages"] == {"lua": "gaz_lua:LUA"}
    assert sys.version_info >= tuple(map(int, project["requires-python"].removeprefix(">=").split(".")))
