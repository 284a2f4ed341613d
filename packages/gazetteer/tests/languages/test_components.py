"""Components: which of their bytes are scripts, what they import, and what is broken."""

# ruff: noqa: E501 - trees are written as texts

from __future__ import annotations

import time
from pathlib import Path

import pytest
from test_resolvers import edges, inverse, missing, tree

from gazetteer.extract import extract, scan
from gazetteer.lang.components.scripts import of_astro, of_svelte, of_vue

PARTS = {"vue": of_vue, "svelte": of_svelte, "astro": of_astro}
#: Of each: a text in which words of declarations stand in markup, comments, styles and texts alone.
WORDS = {
    "vue": '<!-- <script>let a</script> -->\n<template><p :a="`<script>let b</script>`">class C {}</p><template><script>let d</script></template></template>\n<i18n><script>let e</script></i18n>\n<style>/* <script>let f</script> */</style>\n<script>// let g\nlet x</script>\n',
    "svelte": '<!-- <script>let a</script> -->\n<style>/* <script>let b</script> */</style><svelte:head><script>let c</script></svelte:head>\n{@html "<script>let d</script>"}\n<script type="text/plain">let e</script><script>let x // let f\n</script>',
    "astro": "---\nlet x // let a\n---\n<p>let b\n---\nlet c\n---\n</p><!-- <script>let d</script> --><script type='application/json'>let e</script>",
}


@pytest.mark.parametrize("language", PARTS)
def test_words_in_markup_are_no_declarations(language: str) -> None:  # check 8
    content = WORDS[language].encode()
    record = extract(content, language, scan(content).counts)
    assert [symbol.name for symbol in record.symbols] == ["x"]
    assert record.quality.errors == ()


@pytest.mark.parametrize("language", PARTS)
@pytest.mark.parametrize("text", [
    b"", b"<script", b"<script>", b"<script>let a", b"<script lang='ts\">let a</script>", b"<template><template></template>", b"<!--",
    b"---\n", b"---\nlet a: b\n", b"---\r\nlet a\r\n---\r\n<script>\r\nlet b\r\n</script>\r\n", "<p>é</p><script>let é</script>".encode(),
    b"<script a={b > '}' }>let a</script>", b"<script></script><script>\xff\xfe</script>", b"\xef\xbb\xbf<script>let a</script>",
])  # fmt: skip
def test_blanks_are_as_long_as_what_they_stand_for(language: str, text: bytes) -> None:
    parts, _ = PARTS[language](text)
    assert len(parts) == len(text)
    assert all(new in (old, ord(" ")) and (new == old or old not in b"\r\n") for old, new in zip(text, parts, strict=True))
    record = extract(text, language, scan(text).counts)
    assert all(1 <= symbol.line <= symbol.end_line <= text.count(b"\n") + 1 for symbol in record.symbols)


@pytest.mark.parametrize("language", PARTS)
@pytest.mark.parametrize("text", [b"<!--", b"<script ", b"<template>", b"<script>let a", b'<a b="', b"<a b={", b"---\n"])
def test_what_does_not_end_takes_no_long(language: str, text: bytes) -> None:  # check 34
    content, start = text * (400_000 // len(text)), time.process_time()
    PARTS[language](content)
    assert time.process_time() - start < 5


def test_in_which_language_scripts_are() -> None:
    said = [b"", b" lang='ts'", b' lang="tsx"', b" lang=jsx", b" type='text/typescript'", b' setup lang=ts generic="T extends A<B>"']
    assert [of_vue(b"<script" + each + b">a</script>")[1] for each in said] == [
        "javascript", "typescript", "tsx", "javascript", "typescript", "typescript",
    ]  # fmt: skip
    assert of_vue(b"<script lang='coffee'>a = 1</script>")[0].strip() == b""


def test_imports_of_components(tmp_path: Path) -> None:  # checks 12, 13
    atlas = tree(tmp_path, {
        "src/App.vue": "<script setup lang='ts'>\nimport Row from './Row.vue'\nimport Box from '@/Box'\nimport { f } from './tools'\nimport { ref } from 'vue'\n</script>\n<script src='./app.js'></script>\n",
        "src/Row.vue": "<script>\nimport Base from './Base'\nexport default class extends Base {}\n</script>", "src/Box.vue": "<template/>",
        "src/Base.js": "export default class Base {}\n", "src/tools.ts": "import App from './App.vue'\nexport function f() {}\n", "src/app.js": "",
        "tsconfig.json": '{"files": [], "references": [{"path": "./tsconfig.node.json"}, {"path": "./tsconfig.app.json"}, {"path": "./gone.json"}]}',
        "tsconfig.node.json": "{}", "tsconfig.app.json": '{"compilerOptions": {"paths": {"@/*": ["./src/*"]}}}',
    })  # fmt: skip
    assert edges(atlas, "src/App.vue") == [(2, "src/Row.vue"), (3, "src/Box.vue"), (4, "src/tools.ts"), (7, "src/app.js")]
    assert missing(atlas, "src/App.vue") == [(5, "outside")]
    assert edges(atlas, "src/Row.vue") == [(2, "src/Base.js")]
    assert edges(atlas, "src/Row.vue", "base") == [(3, "src/Base.js")]
    assert edges(atlas, "src/tools.ts") == [(1, "src/App.vue")]
    inverse(atlas)


def test_imports_in_sveltekit(tmp_path: Path) -> None:  # check 12
    atlas = tree(tmp_path, {
        "web/svelte.config.js": "export default {}\n", "web/src/lib/index.ts": "export { default as Item } from './Item.svelte'\n",
        "web/src/lib/Item.svelte": "<p/>", "web/src/lib/a/sums.js": "", "other/a.js": "import '$lib/a/sums'\n",
        "web/src/routes/+page.svelte": "<script>\nimport { Item } from '$lib'\nimport '$lib/a/sums.js'\nimport '$app/navigation'\n</script>\n",
    })  # fmt: skip
    assert edges(atlas, "web/src/routes/+page.svelte") == [(2, "web/src/lib/index.ts"), (3, "web/src/lib/a/sums.js")]
    assert missing(atlas, "web/src/routes/+page.svelte") == [(4, "outside")]
    assert edges(atlas, "web/src/lib/index.ts") == [(1, "web/src/lib/Item.svelte")]
    assert missing(atlas, "other/a.js") == [(1, "outside")]
