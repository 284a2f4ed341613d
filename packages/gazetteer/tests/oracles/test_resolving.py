"""Where imports and bases lead, held against the languages' own tools: small trees in which there is something to choose from."""

# ruff: noqa: E501 - sources are written as texts

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path
from typing import Any

import pytest

from gazetteer.atlas import Atlas
from gazetteer.config import Config
from gazetteer.discover import discover
from gazetteer.gather import gather
from gazetteer.resolve import resolve
from gazetteer.store import Store
from oracles.comparing import HERE, package, program
from trees import write

#: An edge: its kind, the file and the line where it begins, the file where it ends.
Found = set[tuple[str, str, int, str]]

GO: dict[str, str | bytes] = {
    "app/go.mod": "module example.org/app\n\ngo 1.19\n\nrequire example.org/lib v0.0.0\n\nreplace example.org/lib => ../lib\n",
    "app/main.go": 'package main\n\nimport (\n\t"fmt"\n\n\t"example.org/app/internal/deep"\n\t"example.org/lib"\n\tsub "example.org/lib/sub"\n)\n\nfunc main() { fmt.Println(deep.A, lib.B, sub.C) }\n',
    "app/internal/deep/a.go": "package deep\n\nconst A = 1\n", "app/internal/deep/gen.go": "//go:build ignore\n\npackage main\n\nconst A = 2\n",
    "lib/go.mod": "module example.org/lib\n\ngo 1.19\n", "lib/b.go": "package lib\n\nconst B = 1\n", "lib/sub/c.go": "package sub\n\nconst C = 1\n",
    "copy/go.mod": "module example.org/app\n\ngo 1.19\n", "copy/internal/deep/a.go": "package deep\n\nconst A = 1\n",
    "copy/main.go": 'package main\n\nimport "example.org/app/internal/deep"\n\nfunc main() { println(deep.A) }\n',
}  # fmt: skip
RUST: dict[str, str | bytes] = {
    "src/lib.rs": "pub mod shapes;\nmod discs;\n#[path = \"odd/place.rs\"]\nmod placed;\npub trait Draw {}\nmod sealed {\n    pub trait Sealed {}\n}\npub mod prelude {\n    pub use crate::Draw;\n    pub use crate::shapes::*;\n}\n",
    "src/shapes.rs": "pub mod round;\npub trait Shape {}\npub use self::round::Round;\n", "src/shapes/round.rs": "pub trait Round: super::Shape {}\n",
    "src/discs.rs": "use crate::prelude::*;\nuse crate::sealed::Sealed;\npub struct Disc;\nimpl Draw for Disc {}\nimpl Shape for Disc {}\nimpl crate::shapes::Round for Disc {}\nimpl Sealed for Disc {}\nimpl super::sealed::Sealed for &Disc {}\nimpl std::fmt::Debug for Disc {\n    fn fmt(&self, f: &mut std::fmt::Formatter) -> std::fmt::Result { Ok(()) }\n}\n",
    "src/odd/place.rs": "mod below;\nimpl crate::Draw for below::Below {}\n", "src/odd/below.rs": "pub struct Below;\nimpl super::super::shapes::Shape for Below {}\n",
    "Cargo.toml": "[package]\nname = 'c'\nedition = '2021'\n",
}  # fmt: skip
RUBY: dict[str, str | bytes] = {
    "lib/shop.rb": 'require "shop/base"\nrequire "shop/base/part"\nrequire "shop/errors"\nrequire "set"\n',
    "lib/shop/base.rb": "module Shop\n  class Base\n  end\nend\n",
    "lib/shop/base/part.rb": "module Shop\n  class Base\n    module Help\n    end\n    module Loud\n    end\n    class Part < Base\n      include Help\n    end\n  end\nend\n\nmodule Help\nend\n",
    "lib/shop/errors.rb": 'require "shop/core"\n\nmodule Shop\n  class Error < StandardError\n  end\n  class Worse < Error\n  end\nend\n\nclass Shop::Base::Last < Shop::Base::Part\n  include Loud\nend\n',
    "lib/shop/core.rb": "class Hash\n  def deep\n  end\nend\n\nclass Own < Hash\nend\n\nmodule Loud\nend\n\nmodule Shop\n  class Base\n    def more\n    end\n  end\nend\n",
}  # fmt: skip
TYPESCRIPT: dict[str, str | bytes] = {
    "base.json": '{"compilerOptions": {"paths": {"#lib/*": ["./shared/*"], "~one": ["./shared/one.ts"]}}}', "strict.json": '{"compilerOptions": {"strict": true}}',
    "app/tsconfig.json": '{"extends": ["../base.json", "../strict.json"], "compilerOptions": {"module": "esnext", "moduleResolution": "bundler"}}',
    "app/main.ts": "import '#lib/two';\nimport '~one';\nimport './part.js';\nimport './folder';\nimport './both';\nimport './gone';\n",
    "app/part.ts": "export {};\n", "app/folder/index.ts": "export {};\n", "app/both.ts": "export {};\n", "app/both/index.ts": "export {};\n",
    "shared/one.ts": "export {};\n", "shared/two.ts": "export {};\n",
    "kit/package.json": '{"name": "kit", "exports": {".": "./src/index.ts", "./util/*": "./src/util/*.ts", "./util/secret": null}, "imports": {"#own": "./src/own.ts"}}',
    "kit/src/index.ts": "import '#own';\nimport 'kit';\nimport 'kit/util/open';\nimport 'kit/util/secret';\n", "kit/src/own.ts": "export {};\n",
    "kit/src/util/open.ts": "export {};\n", "kit/src/util/secret.ts": "export {};\n",
}  # fmt: skip

PYTHON: dict[str, str | bytes] = {
    "app/__init__.py": "from .base import Base\nfrom . import deep\n", "app/base.py": "class Base:\n    def run(self): ...\n",
    "app/deep/__init__.py": "", "app/deep/inner.py": "from typing import TYPE_CHECKING\nfrom ..base import Base as B\nimport app.deep.other as other\nif TYPE_CHECKING:\n    from .other import *\n\nclass Inner(B, other.Other): ...\n",
    "app/deep/other.py": "import app\n\nclass Other(app.Base): ...\n", "app/kind.pyi": "from .stub import A\nfrom app import stub\n",
    "app/stub.pyi": "class A: ...\n", "ns/one/first.py": "X = 1\n", "ns/two.py": "Y = 1\n", "use.py": "from ns import two, one\nfrom ns.one import first, second\nimport ns.two\n",
}  # fmt: skip


def resolved(root: Path) -> Atlas:
    """What Gazetteer says of a tree."""
    config = Config()
    with Store(None) as store:
        return resolve("tree", gather(root, discover(root, config, []), config, store).files, config)


def edges(atlas: Atlas, *kinds: str) -> Found:
    """Where its imports or bases lead."""
    return {(e.kind, e.source, e.line, e.target) for found in atlas.edges_from.values() for e in found if e.kind in kinds}


def said(command: list[str], where: Path, **more: str) -> str:
    """What a tool prints, which works without a network."""
    return subprocess.run(command, cwd=where, check=True, capture_output=True, text=True, env=os.environ | more).stdout


def test_packages_of_go(tmp_path: Path) -> None:
    go, root = program("go", "Debian: golang-go"), write(tmp_path / "go", GO)
    expected: Found = set()
    for module in ("app", "lib", "copy"):
        listed = said([go, "list", "-deps", "-json", "./..."], root / module, GOWORK="off", GOFLAGS="-mod=mod", GOPROXY="off")
        packages = {p["ImportPath"]: p for p in json_objects(listed)}
        for each in packages.values():
            for name in each["GoFiles"] if is_within(root, each["Dir"]) else ():
                path = (Path(each["Dir"]) / name).relative_to(root)
                for number, line in enumerate((root / path).read_text().splitlines(), 1):
                    other = packages.get(line.split('"')[1]) if line.count('"') == 2 and line.strip()[-1] == '"' else None
                    if other is not None and is_within(root, other["Dir"]):
                        (target,) = other["GoFiles"]
                        expected.add(("import", str(path), number, str((Path(other["Dir"]) / target).relative_to(root))))
    assert len(expected) == 4
    assert edges(resolved(root), "import") == expected


def json_objects(text: str) -> list[Any]:
    """The objects of a text, one behind the other."""
    decoder, found, at = json.JSONDecoder(), [], 0
    while at < len(text.rstrip()):
        value, at = decoder.raw_decode(text, at)
        found.append(value)
        at += len(text[at:]) - len(text[at:].lstrip())
    return found


def is_within(root: Path, path: str) -> bool:
    """Whether a path is of the tree."""
    return Path(path).is_relative_to(root)


def test_traits_of_rust(tmp_path: Path) -> None:
    rustdoc, root = program("rustdoc", "rustup or Debian: rustc"), write(tmp_path / "rust", RUST)
    options = ["--crate-name=c", "--edition=2021", "-Zunstable-options", "--output-format=json", "--document-private-items"]
    said([rustdoc, "src/lib.rs", *options, f"--out-dir={tmp_path}"], root, RUSTC_BOOTSTRAP="1")
    index = json.loads((tmp_path / "c.json").read_text())["index"]
    expected: Found = set()
    for item in index.values():
        implemented = item["inner"].get("impl", {}).get("trait")
        above = item["inner"].get("trait", {}).get("bounds", ())
        for base in [b["trait_bound"]["trait"] for b in above if "trait_bound" in b] + ([implemented] if implemented else []):
            trait = index.get(str(base["id"]))
            if trait is not None and trait["span"] and item["span"]:
                expected.add(("base", item["span"]["filename"], item["span"]["begin"][0], trait["span"]["filename"]))
    assert len(expected) == 8
    assert edges(resolved(root), "base") == expected


def test_constants_of_ruby(tmp_path: Path) -> None:
    ruby, root = program("ruby", "Debian: ruby"), write(tmp_path / "ruby", RUBY)
    rows = [json.loads(line) for line in said([ruby, str(HERE / "ruby_constants.rb"), str(root), "shop"], root).splitlines()]
    expected: Found = {(row["kind"], row["path"], row["line"], row["target"]) for row in rows}
    assert len(expected) == 8
    atlas = resolved(root)
    of_classes = set[tuple[str, str, int, str]]()
    for found in atlas.edges_from.values():
        for edge in (e for e in found if e.kind == "base"):
            record = atlas.files[edge.source].record
            assert record is not None
            of_classes.add(("base", edge.source, record.symbols[edge.source_symbol].line, edge.target))
    assert edges(atlas, "import") | of_classes == expected


def test_modules_of_typescript(tmp_path: Path) -> None:
    node, compiler = program("node", "Debian: nodejs"), package("node_modules/typescript")
    root = write(tmp_path / "ts", TYPESCRIPT)
    asked = [
        (path, number, line.split("'")[1]) for path, text in TYPESCRIPT.items() if path.endswith(".ts")
        for number, line in enumerate(str(text).splitlines(), 1) if line.startswith("import ")
    ]  # fmt: skip
    told = subprocess.run(
        [node, str(HERE / "typescript_modules.cjs"), str(compiler)], input="".join(f"{root / path}\t{name}\n" for path, _, name in asked),
        check=True, capture_output=True, text=True,
    ).stdout.splitlines()  # fmt: skip
    targets = [line.split("\t")[2] for line in told]
    expected: Found = {
        ("import", path, number, os.path.relpath(target, root.resolve())) for (path, number, _), target in zip(asked, targets, strict=True)
        if target and Path(target) != (root / path).resolve()
    }  # fmt: skip
    assert len(expected) == 7
    # Of settings and manifests, which lead to files too, the compiler is not asked.
    assert {edge for edge in edges(resolved(root), "import") if not edge[1].endswith(".json")} == expected


def test_modules_of_python(tmp_path: Path) -> None:
    build, options = pytest.importorskip("mypy.build"), pytest.importorskip("mypy.options").Options()
    sources = pytest.importorskip("mypy.modulefinder").BuildSource
    root = write(tmp_path / "python", PYTHON)
    options.semantic_analysis_only = options.ignore_errors = options.namespace_packages = options.explicit_package_bases = True
    options.incremental, options.cache_dir, options.mypy_path = False, os.devnull, [str(root)]
    names = {path: path.rpartition(".")[0].replace("/", ".").removesuffix(".__init__") for path in PYTHON}
    graph = build.build([sources(str(root / path), name, None) for path, name in names.items()], options)
    paths, expected = {name: path for path, name in names.items()}, set[tuple[str, str, int, str]]()
    for path, name in names.items():
        tree = graph.graph[name].tree
        found = [(module, line) for _, module, line in graph.manager.all_imported_modules_in_file(tree)]
        for module, line in found:
            target, is_above = paths.get(module), any(at == line and other.startswith(f"{module}.") for other, at in found)
            if target not in (None, path) and not is_above:  # nothing is said of packages around what is imported
                expected.add(("import", path, line, str(target)))
        for info in (node.info for node in tree.defs if isinstance(node, pytest.importorskip("mypy.nodes").ClassDef)):
            expected |= {("base", path, info.defn.line, paths[b.type.module_name]) for b in info.bases if b.type.module_name in paths}
    assert len(expected) > 10
    assert edges(resolved(root), "import", "base") == expected
