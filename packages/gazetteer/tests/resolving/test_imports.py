"""What imports of Python, JavaScript, TypeScript, Go and Rust mean in a tree."""

# ruff: noqa: E501 - sources are written as texts

from __future__ import annotations

import json
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from msgspec import structs

from gazetteer.atlas import Atlas
from gazetteer.compose.contents import Contents
from gazetteer.config import Config, Python
from gazetteer.discover import Entry, discover
from gazetteer.gather import SourceFile, gather
from gazetteer.model import Base, Counts, FileRecord, Import, Placed, Record, Symbol
from gazetteer.packing import packed, recently
from gazetteer.resolve import resolve, resolve_into, unresolved
from gazetteer.spool import Spool
from gazetteer.store import Store

Tree = dict[str, str]


@pytest.fixture
def atlas(tmp_path: Path) -> Callable[..., Atlas]:
    def made(tree: Tree, config: Config | None = None) -> Atlas:
        config = config or Config()
        for path, text in tree.items():
            (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
            (tmp_path / path).write_text(text)
        with Store(None) as store:
            return resolve("tree", gather(tmp_path, discover(tmp_path, config, []), config, store).files, config)

    return made


def edges(atlas: Atlas, path: str, *kinds: str) -> list[tuple[int, str]]:
    return [(e.line, e.target) for e in atlas.edges_from.get(path, []) if e.kind in (kinds or ("import",))]


def missing(atlas: Atlas, path: str) -> list[tuple[int, str, tuple[str, ...]]]:
    return [(m.line, m.why, m.candidates) for m in atlas.missing.get(path, [])]


def test_imports_of_scripts_in_packages(atlas: Callable[..., Atlas]) -> None:
    found = atlas({
        "test/__init__.py": "", "test/x.py": "", "test/deep/__init__.py": "", "test/deep/x.py": "b = 1\n", "test/deep/y.py": "class A: pass\n",
        "test/deep/both.py": "try:\n    from . import x\n    from .y import A\nexcept ImportError:\n    import x\n    from y import A\n\nclass B(A): pass\n",
        "test/deep/other.py": "from .y import A\nfrom y import C\nimport x\n",  # `y` is something else that is installed
        "far/utils.py": "", "far/p/__init__.py": "", "test/deep/utils.py": "", "test/deep/guess.py": "import utils\n",
    })  # fmt: skip
    assert edges(found, "test/deep/both.py", "import", "base") == [
        (2, "test/deep/x.py"), (3, "test/deep/y.py"), (5, "test/deep/x.py"), (6, "test/deep/y.py"), (8, "test/deep/y.py"),
    ]  # fmt: skip
    assert edges(found, "test/deep/other.py") == [(1, "test/deep/y.py")]
    assert missing(found, "test/deep/other.py") == [(2, "outside", ()), (3, "outside", ())]
    assert missing(found, "test/deep/guess.py") == [(1, "ambiguous", ("far/utils.py", "test/deep/utils.py"))]


def test_what_lies_beside_a_script_in_a_package(atlas: Callable[..., Atlas]) -> None:
    run = "if __name__ == '__main__':\n    pass\n"
    found = atlas({
        "bench/__init__.py": "", "bench/deep/__init__.py": "", "bench/deep/common.py": "class A: pass\nimport yaml\n",
        "bench/deep/run.py": f"from common import A\nclass B(A): pass\nimport types, bench.deep\n{run}", "bench/deep/types.py": "",
        "bench/deep/module.py": "import common\n", "bench/deep/yaml.py": f"import yaml\n{run}", "bench/deep/sub/mod.py": "",
        "bench/deep/tool": "", "bench/deep/tool.py": "#!/usr/bin/env python3\nimport common, far, sub.mod\n",
        "far.py": "", "bench/deep/far.py": "", "x/p/__init__.py": "", "x/utils.py": "", "bench/deep/utils.py": "",
        "bench/deep/both.py": f"import utils\n{run}", "bench/deep/not.py": "s = 'if __name__ == \"__main__\":'\nimport common\n",
    })  # fmt: skip
    assert edges(found, "bench/deep/run.py", "import", "base") == [
        (1, "bench/deep/common.py"), (2, "bench/deep/common.py"), (3, "bench/deep/__init__.py"),
    ]  # fmt: skip
    assert edges(found, "bench/deep/tool.py") == [(2, "bench/deep/common.py"), (2, "bench/deep/sub/mod.py"), (2, "far.py")]
    assert edges(found, "bench/deep/both.py") == [(1, "bench/deep/utils.py")]
    assert [[e.method for e in found.edges_from[f"bench/deep/{name}.py"]] for name in ("run", "tool")] == [
        ["text-match", "resolved", "resolved"], ["text-match", "text-match", "resolved"],
    ]  # fmt: skip
    # Modules that say nothing of the kind mean what is installed, and so does a script by its own name.
    assert [missing(found, f"bench/deep/{name}.py") for name in ("module", "yaml", "not", "common")] == [
        [(1, "outside", ())], [(1, "outside", ())], [(2, "outside", ())], [(2, "outside", ())],
    ]  # fmt: skip


def test_modules_of_a_package_are_not_what_its_others_import_by_their_last_name(atlas: Callable[..., Atlas]) -> None:
    found = atlas({
        "lib/__init__.py": "", "lib/onnx/__init__.py": "", "lib/onnx/deep/__init__.py": "", "lib/onnx/deep/a.py": "import onnx\nfrom onnx import b\n",
        "lib/base.py": "class A: pass\n", "lib/plain/c.py": "import base, above\n", "above.py": "",
        "lib/plain/run.py": "import sys\nsys.path.append('..')\nfrom base import A\nclass B(A): pass\nif __name__ == '__main__': pass\n",
    })  # fmt: skip
    assert missing(found, "lib/onnx/deep/a.py") == [(1, "outside", ()), (2, "outside", ())]
    assert (edges(found, "lib/plain/c.py"), missing(found, "lib/plain/c.py")) == ([(1, "above.py")], [(1, "outside", ())])
    assert [(e.line, e.target, e.method) for e in found.edges_from["lib/plain/run.py"]] == [
        (3, "lib/base.py", "text-match"), (4, "lib/base.py", "resolved"),
    ]  # fmt: skip


PYTHON: Tree = {
    "src/pkg/__init__.py": "from . import sub\nfrom .sub import deep as d, deep\n",
    "src/pkg/a.py": "class A:\n    def m(self): pass\n    def n(self): pass\n",
    "src/pkg/sub/__init__.py": "",
    "src/pkg/sub/deep.py": "from ..a import A\nfrom ... import x\nfrom .. import a, sub\nfrom . import *\n",
    "src/ns/inner/mod.py": "from pkg.a import *\nclass B(A):\n    def m(self): pass\n",
    "src/ns/inner/other.py": "import ns.inner.mod as m\nclass C(m.B):\n    def n(self): pass\n    def m(self): pass\n    def own(self): pass\n",
    "tests/helpers.py": "",
    "tests/topic/test_a.py": "import pkg.sub.deep\nimport pkg.sub.deep as alias, os\nfrom pkg import a\nimport helpers\nimport numpy.linalg\nimport types\n",
    "tests/topic/types.txt": "",
    "other/types.py": "",
}  # fmt: skip


def test_another_process_finds_the_same(atlas: Callable[..., Atlas]) -> None:  # check 28
    found, done = atlas(PYTHON), list[str]()

    def meanwhile() -> None:
        done.append("meanwhile")

    apart = unresolved("tree", list(found.files.values()))
    resolve_into(apart, Config(), 2, meanwhile)
    assert done
    assert apart.edges_from
    assert apart == found
    odd = unresolved("tree", [SourceFile(Entry("\udcff.py", "file"))])  # a path that is no UTF-8
    resolve_into(odd, Config(), 2)
    assert list(odd.rank) == ["\udcff.py"]


def test_another_process_looks_at_the_same(atlas: Callable[..., Atlas]) -> None:  # check 28
    odd = unresolved("tree", [SourceFile(Entry("\udcff.py", "file"))])  # a path that is no UTF-8: what is found of it cannot be sent
    for tree in (atlas(PYTHON), odd):
        here, apart = Contents(tree), Contents(tree)
        found = [dict(one.look(jobs)) for one, jobs in ((here, 1), (apart, 2))]
        assert found[0] == found[1] == dict(tree.tests)
        assert bool(found[0]) == bool(here.shard_sizes) == (tree is not odd)
        assert dict(here.shards) == dict(apart.shards)
        assert (here.shard_sizes, here.asked) == (apart.shard_sizes, apart.asked)
        for path in tree.files:
            assert here.brief(path) == apart.brief(path)
            assert here.places(path) == apart.places(path)


def test_a_packed_record_is_read_as_far_as_it_is_asked_for() -> None:
    symbols = [Symbol("class", "A", 1, 4, doc="Adds.", bases=(Base("B"),)), Symbol("method", "f", 3, 4, 0, 2, signature="def f()")]
    record = FileRecord("python", Counts(lines=4), "Sums.", 1, 1, symbols, [Import("import", "b", 1)], license="MIT", manifest="{}")
    file, spool = SourceFile(Entry("a.py", "file")), Spool().own()
    file.lies_in(spool, spool.put(packed(record)))
    head, outline = file.head, file.outline
    assert head is not None
    assert len(head.symbols) == len(outline) == len(symbols)
    assert structs.replace(head, symbols=[]) == Record(*structs.astuple(structs.replace(record, symbols=[])))
    assert [structs.astuple(placed) for placed in outline] == [structs.astuple(s)[: len(structs.fields(Placed))] for s in symbols]
    assert file.record == record


def test_a_packed_record_is_read_whenever_it_is_asked_for() -> None:
    record = FileRecord("python", Counts(lines=2), symbols=[Symbol("class", "A", 1, 2)])
    file = SourceFile(Entry("a.py", "file"))
    file.key = b"key"
    assert not file.is_read
    spool = Spool().own()
    file.lies_in(spool, spool.put(packed(record)))
    assert file.is_read
    assert file.record == record
    assert file.unpack()
    assert not file.unpack()
    held = file.record
    assert held == record
    assert held is file.record
    recently.cache_clear()
    file.pack()
    assert file.record == record
    assert file.record is not held


def test_python(atlas: Callable[..., Atlas]) -> None:  # check 12
    found = atlas(PYTHON)
    test = "tests/topic/test_a.py"
    assert edges(found, test) == [(1, "src/pkg/sub/deep.py"), (2, "src/pkg/sub/deep.py"), (3, "src/pkg/a.py"), (4, "tests/helpers.py")]
    assert missing(found, test) == [(2, "standard library", ()), (5, "outside", ()), (6, "standard library", ())]
    assert edges(found, "src/pkg/__init__.py") == [(1, "src/pkg/sub/__init__.py"), (2, "src/pkg/sub/deep.py")]
    deep = [(1, "src/pkg/a.py"), (3, "src/pkg/a.py"), (3, "src/pkg/sub/__init__.py"), (4, "src/pkg/sub/__init__.py")]
    assert edges(found, "src/pkg/sub/deep.py") == deep
    assert missing(found, "src/pkg/sub/deep.py") == [(2, "outside", ())]
    assert edges(found, "src/ns/inner/other.py") == [(1, "src/ns/inner/mod.py")]


def test_python_bases_and_overrides(atlas: Callable[..., Atlas]) -> None:  # check 15
    found = atlas(PYTHON)
    assert edges(found, "src/ns/inner/mod.py", "base") == [(2, "src/pkg/a.py")]
    assert edges(found, "src/ns/inner/other.py", "base") == [(2, "src/ns/inner/mod.py")]
    over = {e.text: (e.line, e.target) for e in found.edges_from["src/ns/inner/other.py"] if e.kind == "override"}
    assert over == {"A.n": (3, "src/pkg/a.py"), "B.m": (4, "src/ns/inner/mod.py")}


def test_python_name_that_two_roots_have(atlas: Callable[..., Atlas]) -> None:  # check 12
    tree = {"one/pkg/__init__.py": "", "two/pkg/__init__.py": "", "use/it.py": "import pkg\n", "two/pkg/x.py": "import pkg\n"}
    found = atlas(tree)
    assert missing(found, "use/it.py") == [(1, "ambiguous", ("one/pkg/__init__.py", "two/pkg/__init__.py"))]
    assert edges(found, "two/pkg/x.py") == [(1, "two/pkg/__init__.py")]
    assert edges(atlas(tree, Config(python=Python(roots=("one",)))), "use/it.py") == [(1, "one/pkg/__init__.py")]


def test_python_names_that_are_no_classes_are_no_bases(atlas: Callable[..., Atlas]) -> None:  # check 15
    found = atlas(
        {
            "a.py": "def f(): ...\nx = 1\nclass A(f(), x, Missing, A.B): ...\nif x:\n    class T: ...\nelse:\n    class T: ...\nclass U(T): ...\n"
            "class K: ...\nclass L(metaclass=K, key=K, **K): ...\n"
        }
    )
    assert edges(found, "a.py", "base") == []


def test_stubs_of_python_take_stubs_and_modules_what_runs(atlas: Callable[..., Atlas]) -> None:
    found = atlas({
        "src/p/__init__.py": "from .base import Base\n", "src/p/__init__.pyi": "from .base import Base as Base\nfrom . import alone, base as base\n",
        "src/p/base.py": "class Base:\n    def m(self): ...\n", "src/p/base.pyi": "class Base:\n    def m(self) -> int: ...\n", "src/p/alone.py": "",
        "src/p/part.pyi": "import p\nimport p.base\nfrom p import Base\nclass Part(Base):\n    def m(self) -> int: ...\nclass Other(p.base.Base): ...\n",
        "tests/test_it.py": "from p.base import Base\nclass T(Base): ...\n",
    })  # fmt: skip
    assert edges(found, "src/p/__init__.pyi") == [(1, "src/p/base.pyi"), (2, "src/p/alone.py"), (2, "src/p/base.pyi")]
    assert edges(found, "src/p/__init__.py") == [(1, "src/p/base.py")]
    part = [(1, "src/p/__init__.pyi"), (2, "src/p/base.pyi"), (3, "src/p/__init__.pyi")]
    assert edges(found, "src/p/part.pyi") == part
    assert edges(found, "src/p/part.pyi", "base", "override") == [(4, "src/p/base.pyi"), (5, "src/p/base.pyi"), (6, "src/p/base.pyi")]
    assert edges(found, "tests/test_it.py", "import", "base") == [(1, "src/p/base.py"), (2, "src/p/base.py")]


def test_names_that_one_import_takes_of_parts_of_a_namespace(atlas: Callable[..., Atlas]) -> None:
    found = atlas({
        "one/setup.py": "", "one/ns/deep/first/__init__.py": "class A: ...\n", "two/setup.py": "", "two/ns/deep/second.py": "class B: ...\n",
        "one/tests/test_a.py": "from ns.deep import first, second, third\nfrom ns import deep\nfrom ns import gone\nclass C(second.B): ...\n",
    })  # fmt: skip
    assert edges(found, "one/tests/test_a.py", "import", "base") == [
        (1, "one/ns/deep/first/__init__.py"), (1, "two/ns/deep/second.py"), (4, "two/ns/deep/second.py"),
    ]  # fmt: skip
    assert missing(found, "one/tests/test_a.py") == [(3, "outside", ())]


def test_modules_of_cython(atlas: Callable[..., Atlas]) -> None:
    found = atlas({
        "p/__init__.py": "from . import fast\nfrom .fast import run\nfrom .both import x\nimport p.fast\n", "p/fast.pyx": "def run(): pass\n",
        "p/both.py": "x = 1\n", "p/both.pyx": "x = 1\n",
    })  # fmt: skip
    assert edges(found, "p/__init__.py") == [(1, "p/fast.pyx"), (2, "p/fast.pyx"), (3, "p/both.py"), (4, "p/fast.pyx")]


JAVASCRIPT: Tree = {
    "package.json": json.dumps({"name": "root", "workspaces": ["packages/*"], "imports": {"#lib/*": "./web/lib/*.js"}}),
    "packages/core/package.json": json.dumps({"name": "@me/core", "exports": {".": {"import": "./dist/x.js", "source": "./src/index.ts"}, "./f/*": "./src/f/*.ts"}}),
    "packages/core/src/index.ts": "export * from './base.js';\nexport { Other } from './other';\n",
    "packages/core/src/base.ts": "export class Base { m() {} }\nexport default class Main {}\n",
    "packages/core/src/other/index.tsx": "export interface Other { x(): void }\n",
    "packages/core/src/f/one.ts": "",
    "packages/built/package.json": json.dumps({"name": "built", "main": "dist/index.js"}),
    "packages/old/package.json": json.dumps({"name": "old", "main": "lib/start"}),
    "packages/old/lib/start.js": "const x = require('../side');\n",
    "packages/old/side.js": "",
    "web/tsconfig.base.json": '{ // shared\n "compilerOptions": { "baseUrl": ".", "paths": { "@/*": ["./lib/*", "src/*"], }, }, }',
    "web/tsconfig.json": '{"extends": "./tsconfig.base"}',
    "web/lib/util.js": "",
    "web/src/app.ts": "import { Base, Other as O } from '@me/core';\nimport Main from '@me/core/f/one';\nimport '@/util';\nimport '@/app';\nimport 'built';\n"
    "import old = require('old');\nimport type fs from 'node:fs';\nimport path from 'path';\nimport 'react/jsx-runtime';\nimport './style.css?inline';\n"
    "import 'src/late';\nimport '#lib/util';\nimport './none';\nimport 'https://example.org/x.js';\nclass App extends Base implements O { m() {}\n x() {} }\n",
    "web/src/late.ts": "const x = () => import('./app');\n",
    "web/src/style.css": "",
}  # fmt: skip


def test_scripts_take_what_runs_of_a_package_and_typescript_its_types(atlas: Callable[..., Atlas]) -> None:
    found = atlas({
        "a/package.json": '{"name": "a", "main": "./a.js", "types": "./a.d.ts"}', "a/a.js": "", "a/a.d.ts": "export {}\n",
        "b/package.json": '{"name": "b", "exports": {".": {"types": "./b.d.ts", "default": "./b.js"}}}', "b/b.js": "", "b/b.d.ts": "export {}\n",
        "c/package.json": '{"name": "c", "main": "./dist/c.js", "types": "./c.d.ts"}', "c/c.d.ts": "export {}\n",
        "x.js": "require('a')\nimport 'b'\nimport 'c'\n", "x.ts": "import 'a'\nimport 'b'\n",
    })  # fmt: skip
    assert edges(found, "x.js") == [(1, "a/a.js"), (2, "b/b.js"), (3, "c/c.d.ts")]
    assert edges(found, "x.ts") == [(1, "a/a.d.ts"), (2, "b/b.d.ts")]


def test_javascript_and_typescript(atlas: Callable[..., Atlas]) -> None:
    found = atlas(JAVASCRIPT)
    app = "web/src/app.ts"
    assert edges(found, app) == [
        (1, "packages/core/src/index.ts"), (2, "packages/core/src/f/one.ts"), (3, "web/lib/util.js"), (5, "packages/built/package.json"),
        (6, "packages/old/lib/start.js"), (10, "web/src/style.css"), (11, "web/src/late.ts"), (12, "web/lib/util.js"),
    ]  # fmt: skip
    assert missing(found, app) == [
        (7, "standard library", ()), (8, "standard library", ()), (9, "outside", ()), (13, "outside", ()), (14, "outside", ()),
    ]  # fmt: skip
    assert edges(found, "packages/core/src/index.ts") == [(1, "packages/core/src/base.ts"), (2, "packages/core/src/other/index.tsx")]
    assert edges(found, "packages/old/lib/start.js") == [(1, "packages/old/side.js")]
    assert [(e.target, e.weak) for e in found.edges_from["web/src/late.ts"]] == [(app, True)]
    assert edges(found, app, "base") == [(15, "packages/core/src/base.ts"), (15, "packages/core/src/other/index.tsx")]
    assert edges(found, app, "override") == [(15, "packages/core/src/base.ts"), (16, "packages/core/src/other/index.tsx")]


def test_packages_of_one_name_are_ambiguous(atlas: Callable[..., Atlas]) -> None:
    tree = {f"{n}/package.json": '{"name": "same"}' for n in "ab"} | {f"{n}/index.js": "" for n in "ab"} | {"x.js": "import 'same';\n"}
    assert missing(atlas(tree), "x.js") == [(1, "ambiguous", ("a/index.js", "b/index.js"))]


GO: Tree = {
    "go.mod": "module example.org/m // comment\n\nrequire (\n\tgithub.com/x/y v1\n)\nreplace other.org/z => ./local/z\n",
    "main.go": 'package main\nimport (\n"fmt"\n"example.org/m/lib"\n_ "example.org/m/effects"\nz "other.org/z/in"\n"github.com/x/y"\n"example.org/m/gone"\n"v.org/w")\n'
    "type T struct { *lib.One; Same }\nvar x = lib.Two{}\n",
    "same.go": "package main\ntype Same struct{}\n",
    "lib/one.go": "package lib\ntype One struct{}\n",
    "lib/two.go": "package lib\ntype Two struct{}\n",
    "lib/three.go": "package lib\ntype Three struct{}\n",
    "lib/one_test.go": "package lib\ntype TwoTest struct{ One }\n",
    "effects/a.go": "package effects\n",
    "effects/b.go": "package effects\nfunc init() {}\n",
    "local/z/in/z.go": "// Package in.\npackage in\n",
    "vendor/v.org/w/w.go": "package w\n",
}


def test_go(atlas: Callable[..., Atlas]) -> None:
    found = atlas(GO)
    assert edges(found, "main.go") == [
        (4, "lib/one.go"), (4, "lib/two.go"), (5, "effects/b.go"), (6, "local/z/in/z.go"), (9, "vendor/v.org/w/w.go"),
    ]  # fmt: skip
    assert [e.method for e in found.edges_from["main.go"] if e.line == 4 and e.kind == "import"] == ["text-match"] * 2
    assert missing(found, "main.go") == [(3, "standard library", ()), (7, "outside", ()), (8, "outside", ())]
    assert edges(found, "main.go", "base") == [(10, "lib/one.go"), (10, "same.go")]
    assert edges(found, "lib/one_test.go", "base") == [(2, "lib/one.go")]
    record = found.files["go.mod"].record
    assert record is not None
    assert [s.name for s in record.symbols] == ["example.org/m"]


def test_go_before_modules(atlas: Callable[..., Atlas]) -> None:
    found = atlas(
        {
            "go/src/x.org/a/a.go": 'package a\nimport (\n"x.org/b"\n"y.org/c"\n"../b"\n"./d"\n"fmt"\n"../../../../out"\n)\n',
            "go/src/x.org/b/b.go": "package b\n",
            "go/src/x.org/a/d/d.go": "package d\n",
            "go/src/fmt/fmt.go": "package fmt\n",
            "other/src/y.org/c/c.go": "package c\n",
        }
    )
    assert edges(found, "go/src/x.org/a/a.go") == [(3, "go/src/x.org/b/b.go"), (5, "go/src/x.org/b/b.go"), (6, "go/src/x.org/a/d/d.go")]
    assert missing(found, "go/src/x.org/a/a.go") == [(4, "outside", ()), (7, "standard library", ()), (8, "outside", ())]


def test_the_library_of_go_in_its_own_tree(atlas: Callable[..., Atlas]) -> None:
    found = atlas(
        {
            "src/go.mod": "module std\n",
            "src/fmt/fmt.go": 'package fmt\nimport (\n"io/fs"\n"golang.org/x/y"\n"none"\n)\n',
            "src/io/fs/fs.go": "package fs\n",
            "src/vendor/golang.org/x/y/y.go": "package y\n",
            "src/cmd/go.mod": "module cmd\n",
            "src/cmd/internal/z/z.go": "package z\n",
            "test/a.go": 'package main\nimport (\n"fmt"\n"cmd/internal/z"\n)\n',
        }
    )
    assert edges(found, "src/fmt/fmt.go") == [(3, "src/io/fs/fs.go"), (4, "src/vendor/golang.org/x/y/y.go")]
    assert missing(found, "src/fmt/fmt.go") == [(5, "standard library", ())]
    assert edges(found, "test/a.go") == [(3, "src/fmt/fmt.go"), (4, "src/cmd/internal/z/z.go")]


RUST: Tree = {
    "Cargo.toml": '[workspace]\nmembers = ["a", "b"]\n',
    "a/Cargo.toml": '[package]\nname = "crate-a"\n[dependencies]\nbee = { package = "b", path = "../b" }\n',
    "a/src/lib.rs": 'pub mod one;\nmod two { pub mod three; use super::one; }\n#[path = "odd.rs"] mod even;\nmod none;\nuse bee::Thing;\n',
    "a/src/one/mod.rs": "pub mod inner;\nuse crate::two::three::{self, X as Y};\nuse std::io;\nuse serde::Deserialize;\nuse self::inner::*;\nenum E { A }\nuse E::A;\n",
    "a/src/one/inner.rs": "pub trait Tr { fn m(&self); }\nuse super::super::two;\nmod tests { use super::*; use super::super::E; }\n",
    "a/src/two/three.rs": "use crate::one::inner::Tr;\npub struct X;\nimpl Tr for X { fn m(&self) {} }\nimpl crate::one::inner::Tr for Y {}\n",
    "a/src/odd.rs": "",
    "a/src/main.rs": "use crate_a::one;\nuse crate::help;\nmod help;\n",
    "a/src/help.rs": "mod below;\n",
    "a/src/help/below.rs": "",
    "b/Cargo.toml": '[package]\nname = "b"\n[lib]\npath = "here.rs"\n',
    "b/here.rs": "pub struct Thing;\n",
}


def test_rust(atlas: Callable[..., Atlas]) -> None:
    found = atlas(RUST)
    lib = [(1, "a/src/one/mod.rs"), (2, "a/src/one/mod.rs"), (2, "a/src/two/three.rs"), (3, "a/src/odd.rs"), (5, "b/here.rs")]
    assert edges(found, "a/src/lib.rs") == lib
    assert missing(found, "a/src/lib.rs") == [(4, "outside", ())]
    assert edges(found, "a/src/one/mod.rs") == [(1, "a/src/one/inner.rs"), (2, "a/src/two/three.rs"), (5, "a/src/one/inner.rs")]
    assert missing(found, "a/src/one/mod.rs") == [(3, "standard library", ()), (4, "outside", ())]
    assert edges(found, "a/src/one/inner.rs") == [(2, "a/src/lib.rs"), (3, "a/src/one/mod.rs")]
    assert edges(found, "a/src/two/three.rs") == [(1, "a/src/one/inner.rs")]
    assert edges(found, "a/src/two/three.rs", "base") == [(3, "a/src/one/inner.rs"), (4, "a/src/one/inner.rs")]
    assert edges(found, "a/src/two/three.rs", "override") == [(3, "a/src/one/inner.rs")]
    assert edges(found, "a/src/main.rs") == [(1, "a/src/one/mod.rs"), (2, "a/src/help.rs"), (3, "a/src/help.rs")]
    assert edges(found, "a/src/help.rs") == [(1, "a/src/help/below.rs")]


def test_names_of_rust_that_other_uses_give(atlas: Callable[..., Atlas]) -> None:
    found = atlas(
        {
            "a/Cargo.toml": '[package]\nname = "crate-a"\n',
            "a/src/lib.rs": "pub mod one;\npub mod two;\nuse crate_b as bee;\nuse bee::Thing;\nuse bee::deep::{self, Deep};\nuse deep::More;\n"
            "use two::Kind as K;\nuse K::*;\nuse log::log;\nuse log::Level;\nuse serde as s;\nuse s::De;\nuse c::d as e;\nuse e::f as c;\nuse c::g;\n"
            "extern crate crate_b as eff;\n",
            "a/src/one.rs": "use crate::two;\nuse two::Kind;\nuse Kind::{A, B};\nextern crate crate_b as dee;\nuse dee::Thing;\n",
            "a/src/two.rs": "pub enum Kind { A, B }\nmod tests { use super::*; use Kind::A; }\nuse eff::deep::Deep;\n",
            "b/Cargo.toml": '[package]\nname = "crate-b"\n',
            "b/src/lib.rs": "pub struct Thing;\npub mod deep;\n",
            "b/src/deep.rs": "pub struct Deep;\npub struct More;\n",
        }
    )
    assert edges(found, "a/src/lib.rs") == [
        (1, "a/src/one.rs"), (2, "a/src/two.rs"), (3, "b/src/lib.rs"), (4, "b/src/lib.rs"), (5, "b/src/deep.rs"), (6, "b/src/deep.rs"),
        (7, "a/src/two.rs"), (8, "a/src/two.rs"), (16, "b/src/lib.rs"),
    ]  # fmt: skip
    assert [line for line, why, _ in missing(found, "a/src/lib.rs") if why == "outside"] == [9, 10, 11, 12, 13, 14, 15]
    assert edges(found, "a/src/one.rs") == [
        (1, "a/src/two.rs"), (2, "a/src/two.rs"), (3, "a/src/two.rs"), (4, "b/src/lib.rs"), (5, "b/src/lib.rs"),
    ]  # fmt: skip
    assert missing(found, "a/src/two.rs") == []
    assert edges(found, "a/src/two.rs") == [(3, "b/src/deep.rs")]


def test_modules_that_all_have_the_names_of_all_others(atlas: Callable[..., Atlas]) -> None:  # check 34
    stars = "".join(f"use crate::m{i}::*;\n" for i in range(9))
    tree = {f"src/m{i}.rs": stars + "impl None for A {}\nimpl Here for B {}\n" for i in range(9)}
    tree |= {"src/lib.rs": "".join(f"pub mod m{i};\n" for i in range(10)), "src/m9.rs": "pub trait Here {}\n"}
    tree["src/m4.rs"] += "use crate::m9::*;\n"
    began = time.process_time()
    found = atlas(tree)
    assert time.process_time() - began < 5  # it was a minute for eight
    assert edges(found, "src/m0.rs", "base") == [(11, "src/m9.rs")]


def test_a_crate_whose_root_is_a_module_of_another(atlas: Callable[..., Atlas]) -> None:
    found = atlas(
        {
            "a/Cargo.toml": '[package]\nname = "a"\n',
            "a/src/lib.rs": '#[path = "../../b/src/lib.rs"]\nmod inner;\nuse b::Thing;\nuse b::deep::Deep;\n',
            "b/Cargo.toml": '[package]\nname = "b"\n',
            "b/src/lib.rs": "pub struct Thing;\npub mod deep;\n",
            "b/src/deep.rs": "use crate::Thing;\n",
        }
    )
    assert edges(found, "a/src/lib.rs") == [(2, "b/src/lib.rs"), (3, "b/src/lib.rs"), (4, "b/src/deep.rs")]


@pytest.mark.parametrize("tree", [PYTHON, JAVASCRIPT, GO, RUST], ids=["python", "javascript", "go", "rust"])
def test_used_by_is_the_inverse(atlas: Callable[..., Atlas], tree: Tree) -> None:  # check 13
    found = atlas(tree)
    there = sorted(e for edges_ in found.edges_from.values() for e in edges_)
    assert there == sorted(e for edges_ in found.edges_to.values() for e in edges_)
    assert all(e.source != e.target for e in there if e.kind == "import")
    for edge in there:
        assert {edge.source, edge.target} <= set(found.files)


@pytest.mark.parametrize(
    ("name", "text"),
    [("package.json", "{" * 5000), ("package.json", '{"exports": {"./*": 3}, "name": ["x"]}'), ("tsconfig.json", '{"extends": "./tsconfig.json", "compilerOptions": {"paths": 3}}'),
     ("Cargo.toml", "[package\nname ="), ("Cargo.toml", '[package]\nname = 3\n[dependencies]\nx = 3\n[workspace]\nmembers = 4\n'), ("Cargo.toml", '[package]\nname = ["a"]\n[lib]\npath = ["src"]\nname = ["b"]\n[workspace]\nmembers = "c"\n'),
     ("Cargo.toml", '[package]\nname = "a"\nedition = [1]\n[lib]\nname = [2]\npath = "src/lib.rs"\n[[bin]]\npath = ["a.rs"]\n'), ("go.mod", "module\nreplace => =>\n(((")],
)  # fmt: skip
def test_broken_manifests_change_nothing(atlas: Callable[..., Atlas], name: str, text: str) -> None:  # check 34
    files = {"a.ts": "import './b';\nimport 'x/y';\n", "b.ts": "", "a.rs": "mod b;\n", "b.rs": "", "a.go": 'package a\nimport "x.y/b"\n'}
    found = atlas({name: text, **files})
    assert edges(found, "a.ts") == [(1, "b.ts")]
    assert edges(found, "a.rs") == [(1, "b.rs")]
    assert edges(found, "a.go") == []


def test_python_overrides_and_bases_stand_on_lines_with_their_names(atlas: Callable[..., Atlas]) -> None:  # check 21
    found = atlas(PYTHON)
    for edge in (e for edges_ in found.edges_from.values() for e in edges_ if e.kind in ("base", "override")):
        source, target = found.files[edge.source].record, found.files[edge.target].record
        assert source is not None
        assert target is not None
        assert source.symbols[edge.source_symbol].line == edge.line
        assert edge.text.rpartition(".")[2] == target.symbols[edge.target_symbol].name


def test_a_base_may_be_named_through_its_packages(atlas):  # check 15
    found = atlas({
        "acme/__init__.py": "", "acme/sub/__init__.py": "", "acme/sub/leaf.py": "class Leaf:\n    def run(self): ...\n",
        "acme/core.py": "import acme.sub\nclass Core(acme.sub.leaf.Leaf):\n    def run(self): ...\nclass Not(acme.sub.none.Leaf): ...\n",
    })  # fmt: skip
    assert [(e.kind, e.line, e.target) for e in found.edges_from["acme/core.py"] if e.kind != "import"] == [
        ("base", 2, "acme/sub/leaf.py"), ("override", 3, "acme/sub/leaf.py"),
    ]  # fmt: skip


def test_classes_that_are_exported_apart_from_where_they_are_declared(atlas: Callable[..., Atlas]) -> None:
    declared = "class Other {}\nclass Base { run() {} }\n"
    found = atlas({
        "named.js": f"{declared}export default Base;\n", "listed.js": f"{declared}export {{ Other, Base as default }};\n",
        "whole.cjs": f"{declared}module.exports = Base;\n", "assigned.cts": f"{declared}export = Base;\n",
        "at_once.cjs": "class Other {}\nmodule.exports = class Base { run() {} };\n", "none.cjs": f"{declared}module.exports = {{ Base }};\n",
        "a.js": "import B from './named.js';\nexport class A extends B { run() {} }\n", "b.js": "import B from './listed.js';\nclass A extends B {}\n",
        "c.cjs": "const B = require('./whole.cjs');\nclass A extends B { run() {} }\n", "d.mjs": "import B from './whole.cjs';\nclass A extends B {}\n",
        "e.cts": "import B = require('./assigned.cts');\nclass A extends B {}\n", "f.cjs": "var B = require('./at_once.cjs');\nclass A extends B {}\n",
        "g.cjs": "const B = require('./none.cjs');\nclass A extends B {}\nclass C extends B.Base {}\n",
    })  # fmt: skip
    for path, target in zip("abcdef", ("named.js", "listed.js", "whole.cjs", "whole.cjs", "assigned.cts", "at_once.cjs"), strict=True):
        (one,) = (p for p in found.files if p.startswith(f"{path}."))
        assert edges(found, one, "base") == [(2, target)]
        record = found.files[target].record
        assert record is not None
        assert record.symbols[next(e.target_symbol for e in found.edges_from[one] if e.kind == "base")].name == "Base"
    assert edges(found, "a.js", "override") == [(2, "named.js")]
    assert edges(found, "g.cjs", "base") == [(3, "none.cjs")]


def test_configurations_that_extend_several_and_packages_that_hide(atlas: Callable[..., Atlas]) -> None:
    found = atlas({
        "base.json": '{"compilerOptions": {"paths": {"#lib/*": ["./shared/*"], "~x": ["./gone.ts"]}}}',
        "more.json": '{"extends": "./most.json"}', "most.json": '{"compilerOptions": {"paths": {"#lib/*": ["./most/*"]}}}',
        "strict.json": '{"compilerOptions": {"strict": true}}', "shared/s.ts": "", "most/s.ts": "",
        "one/tsconfig.json": '{"extends": ["../base.json", "../strict.json"]}', "one/i.ts": "import '#lib/s';\nimport '#own';\n",
        "two/tsconfig.json": '{"extends": ["../base.json", "../more.json"]}', "two/i.ts": "import '#lib/s';\n",
        "one/package.json": '{"name": "one", "imports": {"#own": "./own.ts"}, "exports": {"./*": "./*.ts", "./secret/*": null}}',
        "one/own.ts": "", "one/secret/s.ts": "", "two/use.ts": "import 'one/own';\nimport 'one/secret/s';\nimport 'twice';\n",
        "fixtures/a/package.json": '{"name": "twice"}', "fixtures/a/index.js": "", "fixtures/b/package.json": '{"name": "twice"}',
        "fixtures/b/index.js": "", "fixtures/b/test/t.js": "require('twice');\n",
    })  # fmt: skip
    assert edges(found, "one/i.ts") == [(1, "shared/s.ts"), (2, "one/own.ts")]
    assert edges(found, "two/i.ts") == [(1, "most/s.ts")]
    assert edges(found, "two/use.ts") == [(1, "one/own.ts")]
    assert [why for _, why, _ in missing(found, "two/use.ts")] == ["outside", "ambiguous"]
    assert edges(found, "fixtures/b/test/t.js") == [(1, "fixtures/b/index.js")]


def test_packages_of_go_of_several_modules_and_with_programs_beside(atlas: Callable[..., Atlas]) -> None:
    use = 'package main\nimport "example.com/hello/p"\ntype Q struct { p.P }\n'
    found = atlas({
        "one/go.mod": "module example.com/hello\n", "one/p/p.go": "package p\ntype P struct{}\n", "one/main.go": use,
        "two/go.mod": "module example.com/hello\n", "two/p/p.go": "package p\ntype P struct{}\n", "two/sub/main.go": use,
        "go.mod": "module example.com/top\n", "main.go": use, "far/far.go": "package far\ntype F struct{}\nfunc Make() {}\n",
        "far/a_gen.go": "//go:build ignore\n\npackage main\n\nfunc Make() {}\nfunc main() {}\n",
        "use.go": 'package main\nimport "example.com/top/far"\ntype G struct { far.F }\nvar m = far.Make\n',
    })  # fmt: skip
    assert edges(found, "one/main.go", "import", "base") == [(2, "one/p/p.go"), (3, "one/p/p.go")]
    assert edges(found, "two/sub/main.go", "import", "base") == [(2, "two/p/p.go"), (3, "two/p/p.go")]
    assert missing(found, "main.go") == [(2, "ambiguous", ("one/p/p.go", "two/p/p.go"))]
    assert edges(found, "use.go", "import", "base") == [(2, "far/far.go"), (3, "far/far.go")]


def test_traits_of_rust_by_their_paths(atlas: Callable[..., Atlas]) -> None:
    found = atlas({
        "Cargo.toml": "[package]\nname = 'c'\nedition = '2021'\n", "src/shapes.rs": "pub trait Shape { fn area(&self); }\n",
        "src/lib.rs": "pub mod shapes;\nmod a;\npub trait Draw { fn draw(&self); }\nmod sealed { pub trait Sealed {} }\n",
        "src/a.rs": (
            "use crate::sealed::Sealed;\nstruct A;\nimpl crate::Draw for A { fn draw(&self) {} }\nimpl super::shapes::Shape for A {}\n"
            "impl Sealed for A {}\nimpl crate::sealed::Sealed for &A {}\nimpl std::fmt::Draw for A {}\n"
        ),
    })  # fmt: skip
    assert edges(found, "src/a.rs", "base") == [(3, "src/lib.rs"), (4, "src/shapes.rs"), (5, "src/lib.rs"), (6, "src/lib.rs")]
    assert edges(found, "src/a.rs", "override") == [(3, "src/lib.rs")]


def test_crates_of_rust_by_their_folders(atlas: Callable[..., Atlas]) -> None:
    found = atlas({
        "a/Cargo.toml": "[package]\nname = 'util'\n", "a/src/lib.rs": "pub struct A;\n", "b/Cargo.toml": "[package]\nname = 'util'\n",
        "b/src/lib.rs": "pub struct B;\n", "b/tests/t.rs": "use util::B;\n", "d/Cargo.toml": "[package]\nname = 'd'\n", "d/src/lib.rs": "use util::A;\n",
        "c/Cargo.toml": "[package]\nname = 'c'\n[dependencies]\nutil = {path = '../b'}\nlib = {path = '../core', package = 'my-core'}\n",
        "c/src/lib.rs": "use util::B;\nuse lib::C;\n", "core/Cargo.toml": "[package]\nname = 'my-core'\n[lib]\nname = 'lib'\n",
        "core/src/lib.rs": "pub struct C;\n#[path = \"odd/place.rs\"]\nmod placed;\n", "core/src/odd/place.rs": "mod below;\n", "core/src/odd/below.rs": "",
    })  # fmt: skip
    assert edges(found, "c/src/lib.rs") == [(1, "b/src/lib.rs"), (2, "core/src/lib.rs")]
    assert edges(found, "b/tests/t.rs") == [(1, "b/src/lib.rs")]
    assert missing(found, "d/src/lib.rs") == [(1, "ambiguous", ("a/src/lib.rs", "b/src/lib.rs"))]
    assert edges(found, "core/src/odd/place.rs") == [(1, "core/src/odd/below.rs")]


@pytest.mark.parametrize(
    ("edition", "leads"), [("", True), ("edition = '2015'", True), ("edition = '2018'", False), ("edition.workspace = true", False)]
)
def test_paths_of_the_first_edition_of_rust_count_from_the_root(atlas: Callable[..., Atlas], edition: str, leads: bool) -> None:
    found = atlas({
        "Cargo.toml": f"[package]\nname = 'c'\n{edition}\n", "src/lib.rs": "mod ser;\nmod a;\nmod inner { pub use ser::Ser; }\n",
        "src/ser.rs": "pub trait Ser {}\n", "src/a.rs": "use ser::Ser;\nstruct A;\nimpl Ser for A {}\n",
    })  # fmt: skip
    assert edges(found, "src/a.rs", "import", "base") == ([(1, "src/ser.rs"), (3, "src/ser.rs")] if leads else [])
    assert ((3, "src/ser.rs") in edges(found, "src/lib.rs")) == leads


def test_an_import_of_go_leads_to_what_is_behind_its_name(atlas: Callable[..., Atlas]) -> None:
    found = atlas({
        "go.mod": "module example.org/top\n", "far/log.go": "package far\ntype Logger struct{}\nfunc New() {}\n",
        "far/main.go": "package far\nfunc Run() {}\n", "far/more.go": "package far\nfunc (l Logger) New() {}\nfunc Status() {}\n",
        "go-near/v2/n.go": "package near\nfunc One() {}\n", "go-near/v2/o.go": "package near\nfunc Two() {}\n",
        "odd/a.go": "package unlike\nfunc A() {}\n", "odd/b.go": "package unlike\nfunc B() {}\n",
        "use.go": (
            'package top\nimport "example.org/top/far"\nimport n "example.org/top/go-near/v2"\nimport . "example.org/top/odd"\n'
            "type Logger struct{}\nvar Status, Two = far.New(), n.One\nfunc Run() { A() }\n"
        ),
        "bare.go": 'package top\nimport (\n\t"example.org/top/go-near/v2"\n\t"example.org/top/odd"\n)\nvar x, y = near.Two, unlike.B\n',
    })  # fmt: skip
    assert edges(found, "use.go") == [(2, "far/log.go"), (3, "go-near/v2/n.go"), (4, "odd/a.go")]
    assert edges(found, "bare.go") == [(3, "go-near/v2/o.go"), (4, "odd/b.go")]  # whatever the other one is called
