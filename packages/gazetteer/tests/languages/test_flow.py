"""JavaScript with the types of Flow, which the grammar of TypeScript reads."""

from __future__ import annotations

import time

import pytest

from gazetteer.extract import extract, scan
from gazetteer.lang.javascript.flow import as_typescript

MODULE = """/**
 * Opens windows.
 *
 * @flow strict-local
 */

import type {Frame, Pane as P} from './frame';
import typeof Opener from './opener';

export type Options = {|
  +title: ?string,
  ...BaseOptions<P>,
  ...
|};

opaque type Token = string;

/** A window. */
export class Window<+T> extends Frame<T> {
  static +all: Array<?Window<>> = [];
  _open: boolean;

  /** Opens it. */
  open(options?: Options): Promise<void> {
    return ((this.opener: any): Opener).open(options);
  }
}

component Title(text: string, ...rest: Options) {
  return text;
}

declare export function close(token: ?Token): boolean;
export default (Window: Class<Window<>>);
"""


def read(text: str, language: str = "javascript"):
    content = text.encode()
    return extract(content, language, scan(content).counts)


def test_a_module_with_types_of_flow():
    record = read(MODULE)
    assert not record.quality.errors
    assert record.quality.parser == "tsx"
    assert record.language == "javascript"
    assert [(s.kind, s.name, s.line) for s in record.symbols] == [
        ("type_alias", "Options", 10), ("field", "title", 11), ("type_alias", "Token", 16), ("class", "Window", 19),
        ("field", "all", 20), ("field", "_open", 21),
        ("method", "open", 24), ("function", "Title", 29), ("function", "close", 33),
    ]  # fmt: skip
    window = record.symbols[3]
    assert (window.doc, [base.name for base in window.bases]) == ("A window.", ["Frame<T>"])
    assert [(s.name, s.signature) for s in record.symbols if s.name in ("all", "open", "Title")] == [
        ("all", "static +all: Array<?Window<>> = []"), ("open", "open(options?: Options): Promise<void>"),
        ("Title", "component Title(text: string, ...rest: Options)"),
    ]  # fmt: skip
    assert [(i.target, [n.name for n in i.names]) for i in record.imports] == [("./frame", ["Frame", "Pane"]), ("./opener", ["default"])]


def test_what_says_nothing_of_flow_is_javascript_whatever_it_has():
    assert read(MODULE.replace("@flow", "@fl")).quality.parser == "javascript"
    assert read("// @flow\nexport function f() {}\n").quality.parser == "javascript"  # without types, it is that


@pytest.mark.parametrize(
    "text", ["...A<" * 3_000, "component(" * 5_000, "(a " * 10_000, "?{" * 10_000, "interface " * 5_000, "import type" * 9_000]
)
def test_what_does_not_end_takes_little(text: str):
    begin = time.process_time()
    found = as_typescript(b"// @flow\n" + text.encode())
    assert found is not None
    assert len(found[0]) == len(text) + 9
    assert time.process_time() - begin < 2
