"""A tree is called what it calls itself."""

import pytest

from gazetteer.build import build
from gazetteer.config import parse
from gazetteer.store import Store
from trees import write

CASES = {
    "configuration": ({"pyproject.toml": '[project]\nname = "other"\n'}, '[repo]\nname = "given"', "given"),
    "pyproject": ({"pyproject.toml": '[project]\nname = "a-tool"\n', "README.md": "# Title\n"}, "", "a-tool"),
    "poetry": ({"pyproject.toml": '[tool.poetry]\nname = "poem"\n'}, "", "poem"),
    "setup.cfg": ({"setup.cfg": "[flake8]\nname = no\n[metadata]\nversion = 1\nname = old one\n"}, "", "old one"),
    "package.json": ({"package.json": '{"name": "pack"}'}, "", "pack"),
    "cargo": ({"Cargo.toml": '[package]\nname = "crate"\n'}, "", "crate"),
    "go": ({"go.mod": "// x\nmodule example.com/m\n"}, "", "example.com/m"),
    "cmake": ({"CMakeLists.txt": "cmake_minimum_required(VERSION 3.1)\nproject(Torch CXX)\n"}, "", "Torch"),
    "readme": ({"README.md": "# The  title\n", "pyproject.toml": "[tool.ruff]\n"}, "", "The title"),
    "rdoc": ({"README.rdoc": "= Redmine\n\nManages projects of all sorts.\n", "package.json": "{}"}, "", "Redmine"),
    "plain": ({"README": "The GNU Hello program\n\nIt says hello to all who run it.\n"}, "", "The GNU Hello program"),
    "plain and not": ({"README": "Mill\n\nText.\n", "README.rst": "The mill\n========\n"}, "", "The mill"),
    "asciidoc": ({"README.adoc": "= Mill\n:toc:\n\nGrinds what it is given.\n"}, "", "Mill"),
    "sdist": ({"PKG-INFO": "Metadata-Version: 2.1\nName: stats\n", "README.rst": "About stats\n===========\n\nText.\n"}, "", "stats"),
    "gradle": ({"settings.gradle.kts": 'include(":app")\nrootProject.name = "shop"\n'}, "", "shop"),
    "maven": ({"pom.xml": "<project><parent><artifactId>p</artifactId></parent>\n<artifactId>till</artifactId></project>"}, "", "till"),
    "meson": ({"meson.build": "project(\n  'mill', 'c',\n)\n"}, "", "mill"),
    "bazel": ({"MODULE.bazel": '# The mill.\nmodule(\n    name = "mill",\n    version = "1",\n)\n'}, "", "mill"),
    "bazel of old": ({"WORKSPACE": 'workspace(name = "till")\nrule(name = "no")\n'}, "", "till"),
    "octave": ({"DESCRIPTION": "Name: signal\nVersion: 1\n"}, "", "signal"),
    "helm": ({"Chart.yaml": "apiVersion: v2\nname: till-db\n"}, "", "till-db"),
    "autoconf": ({"configure.ac": "AC_PREREQ([2.69])\nAC_INIT([GNU Mill], [1.0])\n"}, "", "GNU Mill"),
    "autoconf of old": ({"configure.in": "AC_INIT([Mill], [1.0])\n"}, "", "Mill"),
    "autoconf of a file": ({"configure.in": "AC_INIT(src/mill.c)\n"}, "", "Source tree"),
    "solution": ({"Mill.sln": "Microsoft Visual Studio Solution File\n", "a/b.sln": "x\n"}, "", "Mill"),
    "two solutions": ({"Mill.sln": "x\n", "Till.sln": "x\n"}, "", "Source tree"),
    "readme before maven": ({"pom.xml": "<artifactId>till</artifactId>", "README.md": "# Till\n"}, "", "Till"),
    "broken": ({"pyproject.toml": "= =", "package.json": "[" * 100_000, "Cargo.toml": "[package]\nname = 3\n"}, "", "Source tree"),
    "below": ({"sub/pyproject.toml": '[project]\nname = "no"\n'}, "", "Source tree"),
}  # fmt: skip


@pytest.mark.parametrize("case", CASES)
def test_the_name(tmp_path, case):
    files, config, name = CASES[case]
    with Store(None) as store:
        build(write(tmp_path / "tree", files), tmp_path / "out", parse(config), store)
    lines = (tmp_path / "out" / "README.md").read_text().splitlines()
    assert name in next(line for line in lines if line.startswith("# "))
