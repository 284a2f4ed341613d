"""``gaz index``: what libclang finds in the units of a build, and what pages make of it."""

from __future__ import annotations

import io
import json
import re
import sys
from contextlib import suppress

import pytest

from gazetteer.cli import run as gazetteer
from gazetteer.compiler import indexing
from gazetteer.compiler.scip import messages_in
from gazetteer.compiler.units import _GIVEN, kept, units_of
from gazetteer.errors import LimitError, SourceError
from trees import built, gaz, write

pytest.importorskip("clang.cindex", reason="libclang is not installed")

HEADER = """#pragma once
#define TWICE(x) ((x) + (x))
namespace n {
template <class T> struct Stack {
  void push(T value);
  int size() const;
};
struct Base {
  virtual void run(int);
  virtual ~Base();
  bool operator==(const Base&) const;
};
enum class Colour { red, green };
int half(double);
}
"""
SOURCE = """#include "stack.h"
namespace { struct Own { int kept; }; }
static int counter; using Root = n::Base;
namespace n {
template <class T> void Stack<T>::push(T value) { T local = value; }
struct Derived : Root {
  Derived(int);
  void run(int number) override;
};
void Derived::run(int number) {
  Stack<int> stack;
  stack.push(number);
  counter = TWICE(stack.size());
  Own own;
  own.kept = half(2.0) + static_cast<int>(Colour::red);
}
bool same(Base& one, Base* other) {
  other->run(1);
  auto made = new Derived(3);
  int (*pointer)(double) = &half;
  return one == *other;
}
}
"""
FILES = {"include/stack.h": HEADER, "src/stack.cpp": SOURCE}


def commands(root, *files, options="-Iinclude -std=c++17", compiler="c++"):
    return json.dumps([{"directory": str(root), "file": file, "command": f"{compiler} {options} -c {file} -o x.o"} for file in files])


@pytest.fixture
def run(capsys):
    def ran(*arguments):
        capsys.readouterr()
        code = gazetteer([str(argument) for argument in arguments])
        return code, *capsys.readouterr()

    return ran


@pytest.fixture
def tree(tmp_path):
    root = write(tmp_path / "tree", FILES)
    return write(root, {"build/compile_commands.json": commands(root, "src/stack.cpp")})


def names(index, files=FILES):
    """Of each name of an index, its symbol's last part, what stands there, and its role."""
    found = {}
    for kind, document in messages_in(io.BytesIO(index), "index.scip"):
        if kind == "Document":
            lines = files[document.relative_path].split("\n")
            for occurrence in document.occurrences:
                line, start, end = occurrence.range
                assert occurrence.symbol.startswith("cxx . . . ")
                found.setdefault(document.relative_path, []).append(
                    (line + 1, lines[line][start:end], re.split("[/ ]", occurrence.symbol)[-1].partition("(")[0], occurrence.symbol_roles)
                )
    return found


DEFINED, DECLARED, REFERS = 1, 64, 0


def test_every_name_of_a_unit_is_where_it_stands(tmp_path, tree, run):
    assert run("index", tree, "-o", tmp_path / "i.scip", "-j", 1)[0] == 0
    found = names((tmp_path / "i.scip").read_bytes())
    assert found["include/stack.h"] == [
        (2, "TWICE", "TWICE!", DEFINED),
        (3, "n", "", DEFINED),
        (4, "Stack", "Stack#", DEFINED),
        (5, "push", "Stack#push", DECLARED),
        (6, "size", "Stack#size", DECLARED),
        (8, "Base", "Base#", DEFINED),
        (9, "run", "Base#run", DECLARED),
        (10, "~Base", "Base#`~Base`", DECLARED),
        (11, "operator==", "Base#`operator==`", DECLARED),
        (11, "Base", "Base#", REFERS),
        (13, "Colour", "Colour#", DEFINED),
        (13, "red", "Colour#red.", DEFINED),
        (13, "green", "Colour#green.", DEFINED),
        (14, "half", "half", DECLARED),
    ]
    assert [(line, text, symbol) for line, text, symbol, role in found["src/stack.cpp"] if role == REFERS] == [
        (3, "n", ""),
        (3, "Base", "Base#"),
        (5, "Stack", "Stack#"),
        (6, "Root", "Root#"),
        (10, "Derived", "Derived#"),
        (11, "Stack", "Stack#"),
        (12, "push", "Stack#push"),
        (13, "counter", "counter."),
        (13, "TWICE", "TWICE!"),
        (13, "size", "Stack#size"),
        (14, "Own", "Own#"),
        (15, "kept", "Own#kept."),
        (15, "half", "half"),
        (15, "Colour", "Colour#"),
        (15, "red", "Colour#red."),
        (17, "Base", "Base#"),
        (17, "Base", "Base#"),
        (18, "run", "Base#run"),
        (19, "Derived", "Derived#"),
        (19, "Derived", "Derived#Derived"),
        (20, "half", "half"),
        (21, "==", "Base#`operator==`"),
    ]
    assert [(line, text, symbol) for line, text, symbol, role in found["src/stack.cpp"] if role == DEFINED] == [
        (2, "Own", "Own#"),
        (2, "kept", "Own#kept."),
        (3, "counter", "counter."),
        (3, "Root", "Root#"),
        (4, "n", ""),
        (5, "push", "Stack#push"),
        (6, "Derived", "Derived#"),
        (10, "run", "Derived#run"),
        (17, "same", "same"),
    ]


def test_pages_say_who_refers_and_what_is_overridden(tmp_path, tree, run):
    assert run("index", tree, "-o", tmp_path / "i.scip", "-j", 1)[0] == 0
    said = built(tmp_path / "cache", tree, "-o", tmp_path / "out", "--scip", tmp_path / "i.scip", "--format", "md,json", "-j", 1)
    assert "0 of 44 names do not stand where it says" in said, said
    rows = [json.loads(line) for line in (tmp_path / "out/data/edges.jsonl").read_text().splitlines()]
    edges = {(row["path"], row["line"], row["kind"], row["text"], row["target"]) for row in rows if row["method"] == "compiler"}
    assert ("src/stack.cpp", 12, "refers", "push", "src/stack.cpp") in edges  # where it is defined, though it is declared in the header
    assert ("src/stack.cpp", 13, "refers", "size", "include/stack.h") in edges
    overrides = {edge for edge in edges if edge[2] == "override"}
    assert overrides == {("src/stack.cpp", 8, "override", "run", "include/stack.h")}  # in the class, though it is defined outside of it
    page = (tmp_path / "out/include/stack.h.md").read_text()
    assert "overridden by" in page
    assert "referred to in" in page


def test_the_number_of_processes_and_the_order_of_units_change_nothing(tmp_path, tree, run):
    more = {f"src/unit{n}.cpp": f'#include "stack.h"\nint use{n}() {{ return n::half({n}); }}\n' for n in range(6)}
    write(tree, more)
    several = [*FILES, *more]
    indexes = []
    for jobs, files in ((1, several[1:]), (3, several[1:]), (2, several[:0:-1])):
        write(tree, {"build/compile_commands.json": commands(tree, *files)})
        assert run("index", tree, "-o", tmp_path / "i.scip", "-j", jobs)[0] == 0
        indexes.append((tmp_path / "i.scip").read_bytes())
    assert indexes[0] == indexes[1] == indexes[2]
    assert len(names(indexes[0], {**FILES, **more})) == 8


def test_names_of_one_spelling_in_two_files_are_two(tmp_path, run):
    own = "namespace { struct Own { int kept; }; }\nstatic Own made;\nint %s() { return made.kept; }\n"
    files = {"a.cpp": own % "a", "b.cpp": own % "b"}
    root = write(tmp_path / "tree", files)
    write(root, {"compile_commands.json": commands(root, *files)})
    assert run("index", root, "-o", tmp_path / "i.scip")[0] == 0
    symbols = {}
    for kind, document in messages_in(io.BytesIO((tmp_path / "i.scip").read_bytes()), "index.scip"):
        if kind == "Document":
            symbols[document.relative_path] = {occurrence.symbol for occurrence in document.occurrences if "Own" in occurrence.symbol}
    assert len(symbols["a.cpp"]) == len(symbols["b.cpp"]) == 2
    assert symbols["a.cpp"].isdisjoint(symbols["b.cpp"])


def test_units_with_errors_are_named_and_the_rest_is_told(tmp_path, tree, run):
    write(tree, {"src/bad.cpp": '#include "not_there.h"\nint fine() { return broken; }\nint after() { return fine(); }\n'})
    write(tree, {"build/compile_commands.json": commands(tree, "src/bad.cpp", "src/gone.cpp", "src/stack.cpp")})
    code, said, errors = run("index", tree, "-o", tmp_path / "i.scip", "-j", 2)
    assert (code, errors) == (0, "")
    assert "2 units with errors, whose names may be missing or wrong:" in said
    assert "  src/bad.cpp: src/bad.cpp:1: 'not_there.h' file not found" in said
    assert "  src/gone.cpp: " in said
    found = names((tmp_path / "i.scip").read_bytes(), {**FILES, "src/bad.cpp": (tree / "src/bad.cpp").read_text()})
    assert (3, "fine", "fine", REFERS) in found["src/bad.cpp"]
    assert "src/stack.cpp" in found


def test_a_unit_that_takes_too_long_is_named(tmp_path, tree, run, monkeypatch):
    monkeypatch.setattr(indexing, "_SECONDS", 0.0)
    code, said, _ = run("index", tree, "-o", tmp_path / "i.scip", "-j", 1)
    assert code == 0
    assert "0 names in 0 files of 1 unit" in said
    assert "src/stack.cpp: reading it took too long, and its worker was killed" in said


def test_of_a_hostile_build_nothing_is_run_loaded_or_written(tmp_path, tree, run):
    options = (
        f"-Iinclude -std=c++17 -fplugin={tmp_path}/evil.so -Xclang -load -Xclang {tmp_path}/evil.so -fpass-plugin=evil.so @evil "
        f"-mllvm -load={tmp_path}/evil.so -specs=evil -B{tmp_path} -MD -MF {tmp_path}/victim -o {tmp_path}/victim "
        f"--serialize-diagnostics {tmp_path}/victim -fmodules -fmodules-cache-path={tmp_path}/victim -include-pch evil.pch"
    )
    write(tree, {"build/compile_commands.json": commands(tree, "src/stack.cpp", options=options, compiler=f"{tmp_path}/evil")})
    before = sorted(tmp_path.rglob("*"))
    code, said, errors = run("index", tree, "-o", tmp_path / "i.scip", "-j", 1)
    assert (code, errors, "errors" in said) == (0, "", False), said
    assert sorted(tmp_path.rglob("*")) == sorted([*before, tmp_path / "i.scip"])
    (unit,) = units_of(tree / "build/compile_commands.json", tree, 10_000)
    assert unit.arguments == ("-Iinclude", "-std=c++17")


@pytest.mark.parametrize(
    ("given", "kept_ones"),
    [
        ("c++ -I a -Ib -isystem c -isystemd -iquote e -F f", ("-I", "a", "-Ib", "-isystem", "c", "-isystemd", "-iquote", "e", "-F", "f")),
        ("cc -DA -D B=1 -UA -include x.h -x c -std=c11", ("-DA", "-D", "B=1", "-UA", "-include", "x.h", "-x", "c", "-std=c11")),
        ("cc --sysroot=/s --target=arm-none-eabi -m32 -mavx2 -O2", ("--sysroot=/s", "--target=arm-none-eabi", "-m32", "-mavx2", "-O2")),
        ("c++ -fno-rtti -fms-extensions -stdlib=libc++", ("-fno-rtti", "-fms-extensions", "-stdlib=libc++")),
        ("cc -Wall -g -c -fPIC -fplugin=x -fprofile-use=y -mlinker-version=3 -save-temps a.c", ()),
        ("C:\\\\x\\\\clang-cl.exe /DA /Ib /external:Ic /std:c++20 /Zi /Fox.obj -- a.c", ("-DA", "-Ib", "-isystemc", "-std=c++20")),
        ("cc -D", ("-D", "")),
        ("", ()),
    ],
)  # fmt: skip
def test_which_arguments_are_kept(given, kept_ones):
    import shlex

    assert kept(tuple(shlex.split(given))) == kept_ones


@pytest.mark.parametrize("option", [*_GIVEN, "--sysroot", "-std", "--std", "-Xclang", "-o", "-MT", "-L", "-l"])
def test_an_option_that_takes_nothing_hides_none_behind_it(tmp_path, option):  # check 35
    """The compiler does not know ``-std`` with a value behind it: ``-std -MJfile`` was kept, and wrote that file."""
    import clang.cindex

    write(tmp_path, {"a.c": "int a;\n"})
    arguments = kept(("cc", option, f"-MJ{tmp_path}/b.json", option, "-MD", option, f"-MF{tmp_path}/b.d", "a.c"))
    with suppress(clang.cindex.TranslationUnitLoadError):  # no such target, no such language
        clang.cindex.Index.create().parse(str(tmp_path / "a.c"), args=[*arguments])
    assert [path.name for path in tmp_path.iterdir()] == ["a.c"]


def test_errors_name_what_is_wrong(tmp_path, tree, run):
    out = tmp_path / "i.scip"
    (tree / "build/compile_commands.json").rename(tmp_path / "c.json")
    code, _, errors = run("index", tree, "-o", out)
    assert code == 2
    assert "there is no compile_commands.json" in errors
    assert "CMAKE_EXPORT_COMPILE_COMMANDS" in errors
    write(tree, {"a/compile_commands.json": "[]", "b/compile_commands.json": "[]"})
    code, _, errors = run("index", tree, "-o", out)
    assert code == 2
    assert "there are 2 of compile_commands.json" in errors
    assert "--commands" in errors
    for content, why in (("{", "compilation database"), ('[{"file": 1}]', "compilation database"), ("[]", "compiles nothing that lies in")):
        (tmp_path / "bad.json").write_text(content)
        code, _, errors = run("index", tree, "-o", out, "--commands", tmp_path / "bad.json")
        assert (code, why in errors, "bad.json" in errors) == (3, True, True), errors
    code, _, errors = run("index", tree, "-o", out, "--commands", tmp_path / "none.json")
    assert code == 3
    assert "none.json cannot be read" in errors
    assert not out.exists()
    (tmp_path / "link").symlink_to(tmp_path / "victim")
    code, _, errors = run("index", tree, "-o", tmp_path / "link", "--commands", tmp_path / "c.json")
    assert code == 4
    assert not (tmp_path / "victim").exists()
    with pytest.raises(LimitError, match="more than 10 bytes"):
        units_of(tmp_path / "c.json", tree, 10)
    with pytest.raises(SourceError, match="cannot be read"):
        units_of(tmp_path, tree, 10)


def test_without_libclang_the_extra_is_named(tmp_path, tree, run, monkeypatch):
    monkeypatch.setitem(sys.modules, "clang", None)
    code, _, errors = run("index", tree, "-o", tmp_path / "i.scip")
    assert code == 2
    assert "pip install 'gazetteer[clang]'" in errors
    assert not (tmp_path / "i.scip").exists()


def test_as_users_run_it(tmp_path, tree):
    done = gaz(tmp_path / "cache", "index", tree, "-o", tmp_path / "i.scip")
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith("47 names in 2 files of 1 unit: ")
