"""Documentation in words: what tools make of marks in comments, in the languages whose tools have such; code keeps its lines."""

# ruff: noqa: E501 - sources are written as texts

from __future__ import annotations

import time

import pytest

from gazetteer.extract import extract, scan


def docs(text: str, language: str) -> list[str]:
    content = text.encode()
    record = extract(content, language, scan(content).counts)
    return [s.doc for s in (*record.symbols, record) if s.doc]


@pytest.mark.parametrize(("language", "comment", "declared", "expected"), [
    # Javadoc
    ("java", "/** Sells <code>a</code> to {@link Till#open(int, int) the till}.\n *\n * @param n  how\n *           many\n * @throws Shut if it is\n * @since 1.2 */",
     "class A {}", "Sells `a` to `the till`.\n\n`n`: how\nmany\n\nThrows `Shut`: if it is\n\nSince: 1.2"),
    ("java", "/** Such as\n * <ul>\n *   <li>one,</li>\n *   <li>List&lt;two&gt;.</li>\n * </ul>\n * <pre>{@code\n *   @Override\n *   void f() {\n *     g();\n *   }\n * }</pre>\n * @deprecated */",
     "class A {}", "Such as\n\n- one,\n- List<two>.\n\n    @Override\n    void f() {\n      g();\n    }\n\nDeprecated."),
    ("java", "/** A List<String> or <T>, {@code x < 1} {@unknown z}. */", "class A {}", "A List<String> or <T>, `x < 1` {@unknown z}."),
    ("java", "/** {@inheritDoc} */", "class A {}", "As inherited."),
    ("java", "/** Sells.\n * @see <a href=\"https://example.org\">the site</a>\n * @see #buy(int)\n * @see \"A book\"\n * @custom thing */", "class A {}",
     "Sells.\n\nSee: the site (https://example.org)\n\nSee: `buy(int)`\n\nSee: \"A book\"\n\n@custom thing"),
    # What is no documentation for the tool stays as it is written.
    ("cpp", "// Finds \\b and \\a in @code, \\param x.", "void f();", "Finds \\b and \\a in @code, \\param x."),
    # Doxygen
    ("cpp", "/// \\brief Sells \\c n, \\a loud.\n///\n/// \\param[in,out] n How many.\n///   More.\n/// \\retval 0 None.\n/// \\note Mind.\n///\n/// More words.", "void f(int n);",
     "Sells `n`, loud.\n\n`n` (in, out): How many.\nMore.\n\nReturns `0`: None.\n\nNote: Mind.\n\nMore words."),
    ("cpp", "/** @ingroup till\n * @returns what @ref Till is, \\f$ a^2 \\f$.\n * @code{.cpp}\n * if (a)\n *   b();\n * @endcode\n * @brief Sells.\n */", "int f();",
     "Sells.\n\nReturns: what `Till` is, `a^2`.\n\n    if (a)\n      b();"),
    ("cpp", "/// Computes [Envelopes](@ref Envelope) of a {@link Geometry}.\n/// \\overload", "int f();", "Computes `Envelopes` of a `Geometry`.\n\nOverload."),
    ("c", "/*! \\copydoc g() */", "int f(void);", "As `g()`."),
    # JSDoc, TSDoc
    ("javascript", "/**\n * @private\n * @param {Map<string, {a: number}>} till Where.\n * @param {number} [n=1] - How many.\n * @returns {Promise<void>}\n * @summary Sells.\n * @example\n * sell(\n *   1);\n */", "function f(till, n) {}",
     "Sells.\n\n`till` (`Map<string, {a: number}>`): Where.\n\n`[n=1]` (`number`): How many.\n\nReturns `Promise<void>`\n\nExample:\n\n    sell(\n      1);\n\nPrivate."),
    ("typescript", "/**\n * Sells, see {@link Till | the till} and `{@link A}`.\n * @remarks\n * Twice.\n * @example\n * ```ts\n * @Sold()\n * class A<b> {}\n * ```\n */", "export function f(): void {}",
     "Sells, see `the till` and `{@link A}`.\n\nTwice.\n\nExample:\n\n```ts\n@Sold()\nclass A<b> {}\n```"),
    # KDoc
    ("kotlin", "/** Sells to [Till] or [the other][Till.other].\n * @property n how many, a[i]\n * @receiver the till */", "class A", "Sells to `Till` or `the other`.\n\n`n`: how many, a[i]\n\nReceiver: the till"),
    # phpDocumentor
    ("php", "/**\n * Sells.\n *\n * @param array<int, string>|null $names Whose.\n * @return static\n * @throws Shut when it is\n */", "function f($names) {}",
     "Sells.\n\n`$names` (`array<int, string>|null`): Whose.\n\nReturns `static`\n\nThrows `Shut`: when it is"),
    # Scaladoc
    ("scala", "/** Sells '''one''' to [[Till]].\n  * {{{\n  * f(\n  *   1)\n  * }}}\n  * @tparam T what\n  */", "class A[T]", "Sells one to `Till`.\n\n    f(\n      1)\n\n`T`: what"),
    # YARD, RDoc
    ("ruby", "# Sells +n+, see {Till#sell} and {the site}[https://example.org].\n#\n# @param n [Integer, nil] how many\n# @option n [String] :to whom\n# @return [Boolean]\n# @example In short\n#   sell(1) do\n#     @n\n#   end", "def f(n)\nend",
     "Sells `n`, see `Till#sell` and the site (https://example.org).\n\n`n` (`Integer, nil`): how many\n\n`n`, `:to` (`String`): whom\n\nReturns `Boolean`\n\nExample: In short\n\n    sell(1) do\n      @n\n    end"),
    ("ruby", "# @!macro [attach] set\n#   Sets it.\n# @!macro waits", "def f(n)\nend", "Sets it.\n\nAs of `waits`."),
    # rustdoc
    ("rust", "/// Sells to [`Till`], [`it`](Self::it) or [`b`][B].\n///\n/// ```\n/// if a {\n///     b();\n/// }\n/// ```\n///\n/// [`b`]: crate::B", "struct A;", "Sells to `Till`, `it` or `b`.\n\n```\nif a {\n    b();\n}\n```"),
    # LDoc, roxygen, Haddock, odoc
    ("lua", "--- Sells to @{till|the till}.\n-- @tparam[opt] int n how many\n-- @treturn bool whether\n-- @usage if a then\n--   sell(1)\n-- end", "function f(n) end",
     "Sells to `the till`.\n\n`n` (`int`): how many\n\nReturns `bool`: whether\n\nExample:\n\n    if a then\n      sell(1)\n    end"),
    ("r", "#' Sells \\emph{n}\n#'\n#' @param n How \\code{\\link{many}}.\n#' @return What is left, [buy()].\n#' @export", "f <- function(n) n",
     "Sells n\n\n`n`: How `many`.\n\nReturns: What is left, `buy()`."),
    ("dart", "/// Sells [n] to [Till.add], [the site](https://example.org).\n///\n/// {@macro shop}\n/// ```dart\n/// a[b];\n/// ```", "void sell(int n) {}",
     "Sells `n` to `Till.add`, [the site](https://example.org).\n\n```dart\na[b];\n```"),
    ("julia", "\"\"\"\n    sell(n)\n\nSells [`n`](@ref) items.\n\n!!! warning \"Mind\"\n    Not\n    back.\n\nDone.\n\"\"\"", "sell(n) = n",
     "Sells `n` items.\n\n    sell(n)\n\nMind: Not\nback.\n\nDone."),
    ("powershell", "<#\n  .SYNOPSIS\n    Sells.\n  .PARAMETER N\n    How\n    many.\n  .EXAMPLE\n    sell -N 1\n\n    Sells one.\n  .OUTPUTS\n    The rest.\n#>", "function sell($N) { }",
     "Sells.\n\n`N`: How\nmany.\n\nExample:\n\n    sell -N 1\n\nSells one.\n\nReturns: The rest."),
    ("haskell", "-- | Sells @n@ to 'Till',\n--   it doesn't buy.", "f :: Int -> Int\nf n = n", "Sells `n` to `Till`,\nit doesn't buy."),
    ("ocaml", "(** Sells [n] to {!Till}.\n    @param n how many *)", "let f n = n", "Sells `n` to `Till`.\n\n`n`: how many"),
    # C#
    ("csharp", "/// <summary>Adds <see cref=\"T:Node\"/>s, <c>a&lt;b</c>.</summary>\n/// <example><code>\n/// f(\n///   1);\n/// </code></example>", "class A {}", "Adds `Node`s, `a<b`.\n\n    f(\n      1);"),
])  # fmt: skip
def test_marks_are_words(language: str, comment: str, declared: str, expected: str) -> None:
    opens = "<?php\n" if language == "php" else ""
    if language in ("scala", "lua", "haskell", "julia", "ocaml", "dart"):
        pytest.importorskip(f"tree_sitter_{language}")
    assert docs(f"{opens}{comment}\n{declared}\n", language)[:1] == [expected]


@pytest.mark.parametrize(("language", "mark", "declared"), [
    ("go", "//", "func F() {}"), ("python", "#:", "a = 1"), ("bash", "#", "f() { :; }"), ("rust", "///", "fn f() {}"), ("cpp", "//", "int f();"),
    ("c", "//", "int f(void) { return 1; }"), ("cmake", "#", "function(f)\nendfunction()"), ("ruby", "#", "def f; end"), ("protobuf", "//", "message A {}"),
])  # fmt: skip
def test_code_in_comments_of_single_lines_keeps_its_margins(language: str, mark: str, declared: str) -> None:
    comment = "".join([f"{mark} {line}\n" for line in ("Sells so:", "", "    if a:", "        b()", "", "And so.")])
    begins = {"go": "package p\n\nvar a int\n\n", "python": "b = 2\n"}.get(language, "")
    assert docs(f"{begins}{comment}{declared}\n", language)[0] == "Sells so:\n\n    if a:\n        b()\n\nAnd so."


@pytest.mark.parametrize(
    "language",
    [
        "java",
        "cpp",
        "javascript",
        "kotlin",
        "php",
        "scala",
        "ruby",
        "rust",
        "csharp",
        "lua",
        "r",
        "haskell",
        "ocaml",
        "dart",
        "julia",
        "powershell",
    ],
)
def test_marks_that_do_not_end_take_no_time(language: str) -> None:
    from gazetteer.lang.table import wording

    words = wording(language)
    assert words is not None
    before = time.process_time()
    for mark in (
        "{@link ",
        "<pre>",
        "<code>",
        "<b>",
        "\\f$",
        "@link a ",
        "`",
        "```\n",
        "{{{",
        "[[",
        "[`",
        "@param ",
        "    a\n",
        "!!! a\n",
        "[a](@ref ",
        ".EXAMPLE\n",
        "<c>",
        "\\code\n",
        "{@code {",
        "[a[",
        "&lt",
        "\n\n ",
        "'''",
    ):
        words("Sells " + mark * (8_000 // len(mark)))
    assert time.process_time() - before < 3


@pytest.mark.parametrize(("language", "text"), [
    ("go", "// Copyright 2018 The Authors\n// Licensed under the Apache License.\npackage a\n\nfunc F() {}\n"),
    ("javascript", "/**\n * @license\n * Copyright Example LLC All Rights Reserved.\n */\nfunction f() {}\n"),
    ("ruby", "class A\n  # noinspection RubyArgCount\n  def f; end\n  # rubocop:disable Style/A\n  def g; end\nend\n"),
])  # fmt: skip
def test_terms_and_words_to_tools_document_nothing(language: str, text: str) -> None:
    assert docs(text, language) == []


def test_what_stands_behind_a_member_says_more_than_the_title_above_several() -> None:
    text = "struct A {\n  // Data\n  int a; ///< One.\n  /// Above.\n  int b; ///< Two.\n  // c\n  int c;\n};\n"
    assert docs(text, "cpp") == ["One.", "Above.", "c"]
