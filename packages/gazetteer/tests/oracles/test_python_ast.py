"""Python's own parser over the standard library: no difference. `python_ast` says what is compared."""

# ruff: noqa: E501 - sources are written as texts

import sysconfig
from pathlib import Path

import pytest

from oracles.python_ast import differences

STDLIB = Path(sysconfig.get_paths()["stdlib"])
#: Read in every run: much of the language, little time.
QUICK = [
    "ast.py", "asyncio/tasks.py", "collections/__init__.py", "contextlib.py", "csv.py", "dataclasses.py", "enum.py", "typing.py",
    "test/test_grammar.py", "test/test_decorators.py", "test/test_docxmlrpc.py", "test/test_patma.py", "test/test_named_expressions.py",
    "test/test_future_stmt/test_future.py", "test/encoded_modules/module_koi8_r.py", "test/encoded_modules/module_iso_8859_1.py",
]  # fmt: skip


@pytest.mark.parametrize("name", QUICK)
def test_equals_ast_on_chosen_files(name: str) -> None:  # check 2
    path = STDLIB / name
    if not path.is_file():
        pytest.skip(f"this Python has no {name}")
    assert differences(path.read_bytes()) == []


def _every() -> list[Path]:
    return [p for p in sorted(STDLIB.rglob("*.py")) if "site-packages" not in p.parts]


@pytest.mark.oracle
def test_equals_ast_on_the_standard_library() -> None:  # check 2
    compared, wrong = 0, {}
    for path in _every():
        found = differences(path.read_bytes())
        compared += found is not None
        if found:
            wrong[str(path.relative_to(STDLIB))] = found[:3]
    assert compared > 500
    assert wrong == {}


EDGES = {
    "form feeds and tabs": "def f():\n\tx = 1\n\x0c\n\tdef g(): pass\n\x0cclass A:\n\tdef m(self):\n\t\tpass\n",
    "windows": 'class A:\r\n    """Doc.\r\n\r\n    More.\r\n    """\r\n    def m(self):\r\n        pass\r\n',
    "no newline at the end": "class A: pass",
    "docstrings": 'def a():\n    ("x" "y")\ndef b():\n    "x",\ndef c():\n    f"x"\ndef d():\n    b"x"\ndef e():\n    "x" + "y"\ndef f(): "x"; 1\n'
    "def g():\n    # c\n\n    r'''\\x\n    y'''\ndef h():\n    'a' 'b'\ndef i():\n    '\\ud800\\N{BULLET}'\n",
    "continued": "class \\\n    A(\n    B,  # c\n    ): pass\nfrom a \\\n    .b import (c, d\n   as e,)\nimport a . b\n",
    "trailing comments": "def f():\n    pass\n    # behind\n\n# outside\nclass A:\n    def g(self):\n        pass\n        # in\n    # in A\n",
    "decorators": "@a  (\n  1, # c\n 'x  y')\n\n@b\n# c\nclass A: pass\n@(lambda f: f)\n@x[0].y\nasync def f(): pass\n"
    "@(d := a)\n@skip('a \\\\\\\n   b', r'\\d')\n@skip(\"a\\\n\tb\", [\n 1])\nclass B(C, *d, k='x\\\n  y', **e): pass\n",
    "texts of several lines": "@a('''one\n  two\\\n  three  \\\\\n''', b=f\"\"\"x\n  {y}\"\"\")\n@c(\"\"\"d\r\n  e\"\"\")\nclass A(B['''f\n  g''']): pass\n",
    "continued bases": "class A(\n    B[ \\\n  'a', 'b  c'\\\n], C,\n): pass\n",
    "what the grammar does not know": "from __future__ import *\ndef f():\n    host, *rest = a, *[]\n    x = lambda: ..., lambda a: ...\n    y.z\n"
    "    return *(x), *[y for y in z]\ng = 1, *'ten'\n*(a), (b) = 1, 2\n(*((a)), (b)) = 1, 2\nh = i[*(j for j in k)]\ndef g(): pass\n",
    "newer": "type X[T: int = str] = T\ndef f[**P, *Ts](x): pass\nclass A[T]: pass\n" if hasattr(__import__("ast"), "TypeAlias") else "",
    "match": "match x:\n    case [1, *y] if z:\n        class A: pass\n    case {'a': b, **c}:\n        def f(): pass\n    case A(x=1) | B():\n        import q\n",
    "names": "if a:\n    x = 1\nx = 2\nlambda: x\ny = 'a' \\\n  + b\nz = \"\"\"c\n  d\"\"\"\nw = r'''\\(\n [^\\]\\\n'''\nf((v := 3) * 2)\n"
    "class A:\n    __slots__ = ('a', 'b')\n    def g(self):\n        if c:\n            self.a = self.d = 1\n        self.a, self.e = 2\n        self.h = 3\n"
    "    h = property(i)\n    if j:\n        k: int = 4\n    k = 5\n",
    "for types": "import typing as t\nif not t.TYPE_CHECKING:\n    import a\nelse:\n    import b\nif t.TYPE_CHECKING:\n    import c\nelif d:\n    import e\n"
    "try:\n    import f\nexcept E:\n    from g import h as i\nelse:\n    import j\nfinally:\n    import k\nwith l:\n    import m\n",
    "tries": "try:\n    import a\nexcept* E:\n    import b\nelse:\n    def f(): ...\nfinally:\n    class B: ...\n",
    "loops": "for x in y:\n    def f(): ...\nelse:\n    def g(): ...\nwhile 1:\n    class A: ...\nelse:\n    import z\nasync def h():\n    async for i in j:\n        def k(): ...\n",
    "parameters": "def f(a, b: int, /, c=1, *, d, e: str = 'x', **k): pass\ndef g(*args: int, x): pass\nlambda x: 1\n",
    "semicolons": "import a; from b import c; class_ = 1\nif x: import d; import e\n",
    "soft keywords": "match = case = type = _ = 1\nmatch(x)\ntype(x)\nprint(match, case)\n",
}  # fmt: skip


#: Stars before parentheses are blanked before the parse, and a statement that begins with one begins behind it.
KNOWN = {
    "what the grammar does not know": [
        "name a line 8: signature '*a, b = (1, 2)', found '(a), (b) = 1, 2'",
        "name b line 8: signature '*a, b = (1, 2)', found '(a), (b) = 1, 2'",
    ]
}


@pytest.mark.parametrize("what", EDGES)
def test_equals_ast_at_the_edges(what: str) -> None:  # check 2
    assert differences(EDGES[what].encode()) == KNOWN.get(what, [])


@pytest.mark.parametrize(
    "content",
    [
        "# -*- coding: latin-1 -*-\n'''Grüße'''\ndef größe(): 'é'\n".encode("latin-1"),
        "#!/usr/bin/python\n# vim: set fileencoding=koi8-r :\n'''Привет'''\ndef f(): 'я'\n".encode("koi8-r"),
        "\ufeff'''Bom.'''\ndef f(): 'é'\n".encode(),
        "# coding: cp1252\nclass A:\n    '''€'''\n".encode("cp1252"),
    ],
)
def test_encodings_that_are_named(content: bytes) -> None:  # check 34
    assert differences(content) == []
