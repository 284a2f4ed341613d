"""docs/settings.md says what there is, and nothing else."""

import re
import tomllib
from pathlib import Path

import msgspec
import pytest

from gazetteer.config import Config, parse
from gazetteer.doctor import _EXTRAS
from gazetteer.errors import ConfigError, ExitCode

PACKAGE = Path(__file__).parents[2]
TEXT = (PACKAGE / "docs/settings.md").read_text()


def rows():
    table = ""
    for name, key, default in re.findall(r"^\| (?:`\[(\w+)\]`)? ?\| `(\w+)` \| `([^`]*)` \|", TEXT, re.MULTILINE):
        table = name or table
        yield table, key, default


def test_every_setting_is_described_with_its_default():
    known = {(name, key): value for name, table in msgspec.to_builtins(Config()).items() for key, value in table.items()}
    assert [(table, key) for table, key, _ in rows()] == list(known)
    for table, key, default in rows():
        if (table, key) != ("tests", "paths"):  # long, and shown by its beginning
            read = parse(f"[{table}]\n{key} = {default}\n")
            assert msgspec.to_builtins(read)[table][key] == known[table, key]


@pytest.mark.parametrize(
    "value",
    ["1", "-1", "1.5", "nan", "true", "[]", "[1]", "[[]]", '""', '"a"', '["../a"]', '["\\u0000"]', "{}", "1979-05-27",
     "9223372036854775807",
     '"{path}{a!r}"',
     '"' + "x" * 100_000 + '"', '["' + "/" * 100_000 + '"]', "{ a = 1 }"],
)  # fmt: skip
def test_values_that_are_none_are_errors_that_say_so(value):  # section 5.6
    for table, key, _ in rows():
        try:
            read = parse(f"[{table}]\n{key} = {value}\n")
        except ConfigError as error:
            said = str(error)
        else:
            assert msgspec.convert(msgspec.to_builtins(read), Config) == read
            assert "\0" not in "".join(read.compiler.scip + read.python.roots + read.cpp.include_roots)
            continue
        assert f"{key} in [{table}]" in said
        assert len(said) < 500
        assert "\n" not in said


def test_every_exit_code_is_described():
    told = set(map(int, re.findall(r"^\| (\d+) \|", TEXT, re.MULTILINE)))
    assert told == {code for name, code in vars(ExitCode).items() if name.isupper()} | {130}


def test_every_extra_does_something_and_is_described():
    project = tomllib.loads((PACKAGE / "pyproject.toml").read_text())["project"]["optional-dependencies"]
    table = TEXT.partition("## Extras")[2].partition("\n## ")[0]
    described = re.findall(r"^\| `(\w+)` \|", table, re.MULTILINE)
    assert sorted(described) == sorted(_EXTRAS.keys() | {"all"}) == sorted(project.keys() - {"test", "browser", "lint"})
    text = "".join(p.read_text() for p in (PACKAGE / "src").rglob("*.py") if p.name not in ("doctor.py", "quick.py"))
    for name, (module, _) in _EXTRAS.items():
        assert re.search(rf"\b(import|from) {re.escape(module)}\b|import_module\(\"{re.escape(module)}\"\)", text), name


def test_a_source_distribution_has_what_its_documents_link_to():
    project = tomllib.loads((PACKAGE / "pyproject.toml").read_text())
    packed = project["tool"]["hatch"]["build"]["targets"]["sdist"]["include"]
    pages = [PACKAGE / "README.md", *sorted((PACKAGE / "docs").glob("*.md"))]
    links = [(page, link) for page in pages for link in re.findall(r"\]\(([^):#]+)[^):]*\)", page.read_text())]
    assert len(links) > 10
    for page, link in links:
        there = (page.parent / link).resolve()
        assert there.exists(), (page.name, link)
        assert there.relative_to(PACKAGE).parts[0] in packed, (page.name, link)
