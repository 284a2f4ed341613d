"""Where imports and bases of TypeScript lead that its compiler leads there by configurations, merged names and declared modules."""

# ruff: noqa: E501 - sources are written as texts

from __future__ import annotations

import json
from pathlib import Path

from leading import edges, ends, resolved


def test_what_a_build_makes_leads_to_its_source(tmp_path: Path) -> None:
    def configuration(**options: str) -> str:
        return json.dumps({"extends": "../../base", "compilerOptions": options})

    found = resolved(tmp_path, {
        "base.json": '{"compilerOptions": {"strict": true}}', "shared.json": '{"compilerOptions": {"outDir": "./out/all", "rootDir": "."}}',
        "packages/a/package.json": json.dumps({"name": "@me/a", "main": "lib/index.js", "types": "lib/index.d.ts"}),
        "packages/a/tsconfig.json": configuration(outDir="lib", rootDir="src"), "packages/a/src/index.ts": "export * from './part';\n",
        "packages/a/src/part.tsx": "export class Part {}\n", "packages/a/src/deep/index.ts": "export {};\n",
        "packages/b/package.json": json.dumps({"name": "b", "exports": {".": {"types": "./dist/types/b.d.ts", "default": "./dist/b.js"}, "./u": "./dist/u.mjs"}}),
        "packages/b/tsconfig.json": json.dumps({"compilerOptions": {"outDir": "./dist", "declarationDir": "dist/types"}, "include": ["source/**/*"]}),
        "packages/b/source/b.ts": "export {};\n", "packages/b/source/u.mts": "export {};\n", "packages/b/bin/b.js": "require('../dist/b.js');\n",
        "packages/c/package.json": '{"name": "c", "main": "build/c.js"}', "packages/c/tsconfig.json": '{"extends": "../../shared.json"}',
        "packages/c/c.ts": "export {};\n", "packages/d/package.json": '{"name": "d", "main": "./d.js"}', "packages/d/d.ts": "export {};\n",
        "packages/d/tsconfig.json": '{"compilerOptions": {"outDir": ".", "rootDir": "."}}',
        "packages/e/package.json": '{"name": "e", "main": "lib"}', "packages/e/src/tsconfig.json": '{"compilerOptions": {"outDir": "../lib"}}',
        "packages/e/src/index.ts": "export {};\n", "packages/f/package.json": '{"name": "f", "main": "lib/gone.js"}',
        "packages/f/tsconfig.json": '{"compilerOptions": {"outDir": "lib", "rootDir": "lib/src"}}',
        "use.ts": "import { Part } from '@me/a';\nimport '@me/a/lib/deep';\nimport '@me/a/lib/part';\nimport 'b';\nimport 'b/u';\nimport 'c';\nimport 'd';\n"
        "import 'e';\nimport './out/all/packages/c/c';\nimport 'f';\nexport class Own extends Part {}\n",
    })  # fmt: skip
    assert edges(found, "use.ts") == [
        (1, "packages/a/src/index.ts"), (2, "packages/a/src/deep/index.ts"), (3, "packages/a/src/part.tsx"), (4, "packages/b/source/b.ts"),
        (5, "packages/b/source/u.mts"), (6, "packages/c/package.json"), (7, "packages/d/d.ts"), (8, "packages/e/src/index.ts"),
        (9, "packages/c/c.ts"), (10, "packages/f/package.json"),
    ]  # fmt: skip
    assert edges(found, "use.ts", "base") == [(11, "packages/a/src/part.tsx")]
    assert edges(found, "packages/b/bin/b.js") == [(1, "packages/b/source/b.ts")]


def test_names_that_several_declarations_have_together(tmp_path: Path) -> None:
    found = resolved(tmp_path, {
        "tokens.ts": "export const Model = 1;\nexport interface Model { a: 1 }\nexport namespace Model { export interface Options {} }\n"
        "export interface Model { b: 1 }\nexport namespace Model { export class Kind {} }\nexport class Box {}\nexport interface Box {}\n",
        "use.ts": "import { Model, Box } from './tokens';\nclass A implements Model {}\nclass B implements Model.Options {}\nclass C extends Model.Kind {}\n"
        "class D extends Box {}\nnamespace Twice { export class X {} }\nnamespace Twice { export class X {} }\nclass E extends Twice.X {}\n",
    })  # fmt: skip
    assert ends(found, "use.ts") == [
        (2, "interface", "Model", 2),
        (3, "interface", "Options", 3),
        (4, "class", "Kind", 5),
        (5, "class", "Box", 6),
    ]


def test_names_of_a_module_that_a_file_declares(tmp_path: Path) -> None:
    found = resolved(tmp_path, {
        "package.json": '{"name": "term", "types": "typings/term.d.ts"}',
        "typings/term.d.ts": "declare module 'term' {\n  export interface Addon {}\n}\ndeclare module 'other' {\n  export interface Other {}\n}\n",
        "src/use.ts": "import { Addon, Other } from 'term';\nimport * as t from 'term';\nclass A implements Addon {}\nclass B implements t.Addon {}\n"
        "class C implements Other {}\n",
    })  # fmt: skip
    assert ends(found, "src/use.ts") == [(3, "interface", "Addon", 2), (4, "interface", "Addon", 2)]
