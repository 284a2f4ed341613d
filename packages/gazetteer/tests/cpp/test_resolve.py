"""Includes, out-of-line definitions and bases across files: joined where one fits, and said to be ambiguous or outside where not."""

from __future__ import annotations

from pathlib import Path

import pytest

from gazetteer.atlas import Atlas
from gazetteer.config import Config, parse
from gazetteer.discover import discover
from gazetteer.gather import gather
from gazetteer.resolve import resolve
from gazetteer.store import Store


def atlas_of(root: Path, files: dict[str, str], config: Config | None = None) -> Atlas:
    for path, text in files.items():
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_text(text)
    config = config or Config()
    with Store(None) as store:
        return resolve("tree", gather(root, discover(root, config, []), config, store).files, config)


def includes(atlas: Atlas, path: str) -> dict[str, str]:
    """What each include of a file means: a path, or why it means none."""
    found = {e.text: e.target for e in atlas.edges_from.get(path, ()) if e.kind == "include"}
    for missing in atlas.missing.get(path, ()):
        found[missing.text] = " ".join((missing.why, *missing.candidates))
    return found


def joined(atlas: Atlas, kind: str) -> list[tuple[str, int, str, int]]:
    found = []
    for edges in atlas.edges_from.values():
        for edge in edges:
            if edge.kind == kind:
                target = atlas.files[edge.target].record.symbols[edge.target_symbol]
                assert atlas.files[edge.source].record.symbols[edge.source_symbol].line == edge.line
                found.append((edge.source, edge.line, edge.target, target.line))
    return sorted(found)


TREE = {
    "include/engine/node.h": "int a;\n",
    "include/engine/edge.h": '#include "node.h"\n#include <engine/node.h>\n',
    "include/solo.h": "",
    "src/run.cpp": (
        '#include <engine/node.h>\n#include <engine/edge.h>\n#include "local.h"\n#include <cuda.h>\n#include <vector>\n#include <stdio.h>\n'
        '#include <absent/x.h>\n#include "util.h"\n#include "far/away.h"\n#include <solo.h>\n#include "string.h"\n#include NAME\n'
    ),
    "src/local.h": "",
    "third/cuda.h": "",
    "third/vector": "",
    "third/string.h": "",
    "a/util.h": "",
    "b/util.h": "",
    "deep/er/far/away.h": "",
}


def test_what_includes_mean(tmp_path: Path):  # check 11
    atlas = atlas_of(tmp_path, TREE)
    assert includes(atlas, "src/run.cpp") == {
        "#include <engine/node.h>": "include/engine/node.h",
        "#include <engine/edge.h>": "include/engine/edge.h",
        '#include "local.h"': "src/local.h",
        "#include <cuda.h>": "outside",
        "#include <vector>": "standard library",
        "#include <stdio.h>": "standard library",
        "#include <absent/x.h>": "outside",
        '#include "util.h"': "ambiguous a/util.h b/util.h",
        '#include "far/away.h"': "deep/er/far/away.h",
        "#include <solo.h>": "include/solo.h",
        '#include "string.h"': "standard library",
        "#include NAME": "named by a macro",
    }
    assert includes(atlas, "include/engine/edge.h") == {
        '#include "node.h"': "include/engine/node.h", "#include <engine/node.h>": "include/engine/node.h",
    }  # fmt: skip


def test_a_stray_header_beside_the_file_is_not_what_angles_mean(tmp_path: Path):  # check 11
    atlas = atlas_of(tmp_path, {"cuda.h": "", "x.cpp": "#include <cuda.h>\n", "src/y.cu": "#include <cuda.h>\n", "src/cuda.h": ""})
    assert includes(atlas, "x.cpp") == includes(atlas, "src/y.cu") == {"#include <cuda.h>": "outside"}


def test_roots_of_the_configuration_come_first(tmp_path: Path):
    files = {"x.cpp": "#include <util.h>\n#include <a/b.h>\n", "p/util.h": "", "q/util.h": "", "p/a/b.h": "", "q/a/b.h": ""}
    assert set(includes(atlas_of(tmp_path / "1", files), "x.cpp").values()) == {"outside"}
    config = parse('[cpp]\ninclude_roots = ["q", "p"]')
    assert includes(atlas_of(tmp_path / "2", files, config), "x.cpp") == {
        "#include <util.h>": "q/util.h", "#include <a/b.h>": "q/a/b.h",
    }  # fmt: skip


def test_a_header_in_no_folder_teaches_a_customary_root_alone(tmp_path: Path):
    texts = {
        "lib/include/queue.h": "", "lib/src/stack.h": "", "deps/cuda.h": "", "one/include/twice.h": "", "two/include/twice.h": "",
        "app.cpp": "#include <queue.h>\n#include <stack.h>\n#include <cuda.h>\n#include <twice.h>\n",
        "other.cpp": "#include <stack.h>\n#include <cuda.h>\n",
    }  # fmt: skip
    assert includes(atlas_of(tmp_path, texts), "app.cpp") == {
        "#include <queue.h>": "lib/include/queue.h", "#include <stack.h>": "outside", "#include <cuda.h>": "outside",
        "#include <twice.h>": "outside",
    }  # fmt: skip


def test_headers_in_no_folder_teach_a_root_where_they_are_several(tmp_path: Path):  # check 11
    texts = {
        "lib/kit/file.h": "", "lib/kit/text.h": "", "lib/kit/list.h": "", "lib/kit/more.h": "", "lib/two/one.h": "", "lib/two/other.h": "",
        "lib/a.cpp": "#include <file.h>\n#include <text.h>\n#include <one.h>\n#include <other.h>\n#include <more/list.h>\n",
        "lib/b.cpp": '#include <list.h>\n#include "more.h"\n', "lib/c.cpp": "#include <more.h>\n",
    }  # fmt: skip
    atlas = atlas_of(tmp_path / "1", texts)
    assert includes(atlas, "lib/a.cpp") == {
        "#include <file.h>": "lib/kit/file.h", "#include <text.h>": "lib/kit/text.h", "#include <one.h>": "outside",
        "#include <other.h>": "outside", "#include <more/list.h>": "outside",
    }  # fmt: skip
    assert includes(atlas, "lib/c.cpp") == {"#include <more.h>": "lib/kit/more.h"}
    texts |= {"lib/b.cpp": '#include "list.h"\n', "lib/c.cpp": '#include "more.h"\n'}
    assert includes(atlas_of(tmp_path / "2", texts), "lib/a.cpp")["#include <file.h>"] == "outside"  # in quotes, any folder may be meant


def test_two_learned_roots_are_ambiguous(tmp_path: Path):
    files = {
        "one/include/a/b.h": "", "two/include/a/b.h": "", "one/include/a/c.h": "", "two/include/d/e.h": "",
        "x.cpp": "#include <a/b.h>\n#include <a/c.h>\n#include <d/e.h>\n",
    }  # fmt: skip
    found = includes(atlas_of(tmp_path, files), "x.cpp")
    assert found["#include <a/b.h>"] == "ambiguous one/include/a/b.h two/include/a/b.h"
    assert found["#include <a/c.h>"] == "one/include/a/c.h"


def test_a_condition_around_the_whole_file_makes_no_include_weak(tmp_path: Path):
    files = {"a.h": "", "b.h": "", "x.h": '#if !defined(STABLE)\n#include "a.h"\nint f();\n#ifdef B\n#include "b.h"\n#endif\n#endif\n'}
    atlas = atlas_of(tmp_path, files)
    assert {e.target: e.weak for e in atlas.edges_from["x.h"]} == {"a.h": False, "b.h": True}


def test_used_by_is_the_inverse_of_depends_on(tmp_path: Path):  # check 13
    atlas = atlas_of(tmp_path, TREE)
    forth = sorted((e.source, e.line, e.target) for edges in atlas.edges_from.values() for e in edges)
    back = sorted((e.source, e.line, e.target) for edges in atlas.edges_to.values() for e in edges)
    assert forth == back
    assert forth


HEADER = """#pragma once
namespace engine {
struct Base { virtual ~Base(); };
class Node : public Base {
 public:
  Node(int a);
  void run(int a, const std::string& name = "x") const;
  void run(long a);
  template <class T> void put(T value);
  static int count;
};
template <class T> struct Box : Base { void open(); };
int free_one(const Node& node);
extern int total;
}
"""


def test_definitions_are_joined_to_their_declarations(tmp_path: Path):  # check 15
    source = (
        '#include "node.h"\nnamespace engine {\nBase::~Base() {}\nNode::Node(int x) {}\n'
        "void Node::run(int a, const std::string& name) const {}\nvoid Node::run(long a) {}\nvoid Node::run(short) {}\n"
        "int Node::count = 3;\nint free_one(const Node& n) { return 1; }\nint total = 0;\n}\n"
        "using namespace engine;\ntemplate <class T> void Box<T>::open() {}\nstatic int free_one(const Node& n) { return 2; }\n"
    )
    atlas = atlas_of(tmp_path, {"node.h": HEADER, "node.cpp": source})
    assert joined(atlas, "definition") == [
        ("node.cpp", 3, "node.h", 3), ("node.cpp", 4, "node.h", 6), ("node.cpp", 5, "node.h", 7), ("node.cpp", 6, "node.h", 8),
        ("node.cpp", 8, "node.h", 10), ("node.cpp", 9, "node.h", 13), ("node.cpp", 10, "node.h", 14), ("node.cpp", 13, "node.h", 12),
    ]  # fmt: skip


def test_what_a_class_defines_in_itself_is_declared_nowhere_else(tmp_path: Path):  # check 15
    files = {
        "a.h": "struct Lock { void take(); };\n", "b.h": "struct Lock {\n  void take() {}\n  friend int f(int) { return 1; }\n};\n",
        "c.h": "int f(int);\n",
    }  # fmt: skip
    assert joined(atlas_of(tmp_path, files), "definition") == [("b.h", 3, "c.h", 1)]


def test_a_definition_whose_types_are_written_otherwise(tmp_path: Path):  # check 15
    files = {
        "a.h": "struct A {\n  int get(int key, void (*call)(int key, void* data));\n  int all(std::function<void(int)> f);\n"
        "  int at(const kit::Atom* a);\n  int two(My<1> a);\n};\n",
        "a.cpp": "int A::get(int key, void (*call)(int, void*)) { return 1; }\nint A::all(std::function<void(int x)> f) { return 1; }\n"
        "int A::at(const Atom *a) { return 1; }\nint A::two(Other b) { return 1; }\n",
    }  # fmt: skip
    assert joined(atlas_of(tmp_path, files), "definition") == [("a.cpp", 1, "a.h", 2), ("a.cpp", 2, "a.h", 3), ("a.cpp", 3, "a.h", 4)]


def test_of_several_namespaces_that_of_the_header_of_the_name_is_meant(tmp_path: Path):  # check 15
    files = {
        "file.h": "namespace kit { struct File { void open(); void shut(); }; }\n",
        "ape/apefile.h": "namespace kit { namespace ape { struct File { void open(); }; } }\n",
        "file.cpp": "#include \"file.h\"\n#include \"ape/apefile.h\"\nusing namespace kit;\nvoid File::open() {}\n",
        "ape/apefile.cpp": "#include \"apefile.h\"\n#include \"../file.h\"\nusing namespace kit::ape;\nvoid File::open() {}\n",
        "other.cpp": "#include \"file.h\"\nusing namespace kit;\nvoid File::open() {}\nvoid File::shut() {}\n",
    }  # fmt: skip
    assert joined(atlas_of(tmp_path, files), "definition") == [
        ("ape/apefile.cpp", 4, "ape/apefile.h", 1), ("file.cpp", 4, "file.h", 1), ("other.cpp", 4, "file.h", 1),
    ]  # fmt: skip


def test_a_declaration_in_two_files_is_joined_only_to_the_one_that_is_included(tmp_path: Path):  # check 15
    files = {"a.h": "int f(int);\n", "b.h": "int f(int);\n", "x.cpp": "int f(int a) { return a; }\n"}
    assert joined(atlas_of(tmp_path / "1", files), "definition") == []
    files["x.cpp"] = '#include "b.h"\n' + files["x.cpp"]
    assert joined(atlas_of(tmp_path / "2", files), "definition") == [("x.cpp", 2, "b.h", 1)]
    files |= {"x.h": "int f(int);\n", "x.cpp": '#include "b.h"\n#include "x.h"\nint f(int a) { return a; }\n'}
    assert joined(atlas_of(tmp_path / "3", files), "definition") == [("x.cpp", 3, "x.h", 1)]


@pytest.mark.parametrize(
    ("text", "target"),
    [
        ("namespace engine { struct A : Base {}; }\n", ("node.h", 3)),
        ("struct A : public engine::Box<int> {};\n", ("node.h", 12)),
        ("struct A : ::engine::Node {};\n", ("node.h", 4)),
        ("namespace engine { namespace inner { class A : Node {}; } }\n", ("node.h", 4)),
        ("struct A : Base {};\n", None),
        ("struct A : std::vector<engine::Base> {};\n", None),
    ],
)
def test_bases_are_found_as_the_language_looks_for_names(tmp_path: Path, text: str, target: tuple[str, int] | None):
    atlas = atlas_of(tmp_path, {"node.h": HEADER, "x.cpp": text})
    found = [j[2:] for j in joined(atlas, "base") if j[0] == "x.cpp"]
    assert found == ([target] if target else [])


def test_a_base_that_two_files_define_is_not_guessed(tmp_path: Path):
    files = {"a.h": "struct Base {};\n", "b.h": "struct Base {};\n", "x.cpp": "struct A : Base {};\n"}
    assert joined(atlas_of(tmp_path / "1", files), "base") == []
    files["x.cpp"] = '#include "a.h"\n' + files["x.cpp"]
    assert joined(atlas_of(tmp_path / "2", files), "base") == [("x.cpp", 2, "a.h", 1)]


def test_an_unnamed_class_is_not_taken_for_the_one_around_it(tmp_path: Path):
    atlas = atlas_of(tmp_path, {
        "a.h": "struct Shape {\n  struct { int x; } at;\n  union {\n    int a;\n  };\n};\n",
        "b.h": '#include "a.h"\nstruct Round : Shape {};\n',
    })  # fmt: skip
    assert joined(atlas, "base") == [("b.h", 2, "a.h", 1)]
