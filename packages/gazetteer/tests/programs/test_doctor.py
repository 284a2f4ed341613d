"""What an installation can read, and how well it read a tree."""

import json
import os
import sys

from gazetteer import doctor
from gazetteer.doctor import examine, report
from gazetteer.lang.table import BY_NAME
from programs.grown import atlas_of, gaz, write


def test_every_grammar_loads():
    health = examine()
    assert {g.language for g in health.grammars} == {name for name, language in BY_NAME.items() if language.grammar}
    assert [g for g in health.grammars if not g.loads] == []
    assert health.is_well


def test_a_grammar_that_does_not_load(monkeypatch):
    def broken(name):
        raise ImportError(f"no {name}")

    monkeypatch.setattr(doctor, "grammar", broken)
    health = examine()
    assert not health.is_well
    assert "  python does not load: ImportError: no python" in report(health)


def test_an_extra_that_is_missing(monkeypatch):
    monkeypatch.setitem(sys.modules, "mcp", None)
    assert "extra mcp (gaz mcp): not installed (pip install 'gazetteer[mcp]')" in report(examine())


def test_quality_of_a_tree(tmp_path):
    atlas = atlas_of(
        write(tmp_path / "t", {"good.py": "def f(): ...\n", "bad.py": "def f(:\n  ((((\n", "a.h": "struct A {};\n", "x.txt": "x\n"})
    )
    quality = {p.language: p for p in examine(atlas).quality}
    assert set(quality) == {"python", atlas.files["a.h"].language}
    assert (quality["python"].files, quality["python"].with_errors, quality["python"].worst) == (2, 1, "bad.py")
    assert quality["python"].error_bytes > 0


def test_command(facts, capfd):
    assert gaz("doctor", "--json", facts.root, "-j", 1) == 0
    found = json.loads(capfd.readouterr().out)
    assert {p["language"]: p["symbols"] for p in found["quality"]}["python"] == sum(
        len(facts.symbols_of(p)) for p, f in facts.atlas.files.items() if f.language == "python"
    )
    assert gaz("doctor") == 0
    assert capfd.readouterr().out.startswith("gazetteer ")


def test_no_git_of_the_tree_runs(tmp_path, monkeypatch, capfd):  # check 35
    tree = write(tmp_path / "tree", {"a.py": "x = 1\n", "bin/git": f"#!/bin/sh\ntouch {tmp_path}/ran\n"})
    (tree / "bin/git").chmod(0o755)
    (tmp_path / "link").symlink_to(tree / "bin")
    monkeypatch.setenv("PATH", f"{tree}/bin:{tmp_path}/link:{os.environ['PATH']}")
    monkeypatch.chdir(tree)
    assert gaz("doctor", tree, "-j", 1) == 0
    assert gaz("doctor") == 0
    assert gaz("query", "x", "-p", tree, "-j", 1) == 0
    assert not (tmp_path / "ran").exists()
    capfd.readouterr()
