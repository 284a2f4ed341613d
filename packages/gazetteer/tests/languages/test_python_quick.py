"""Statements of everyday form are read from their text, all others from the parser's nodes; both must say the same of any file."""

# ruff: noqa: E501, ISC004 - sources are written as texts

import sysconfig
from pathlib import Path

import pytest

from gazetteer.extract import extract, scan
from gazetteer.lang.python import quick
from gazetteer.model import FileRecord

STDLIB = Path(sysconfig.get_paths()["stdlib"])

#: Forms that look like everyday ones, and everyday ones that look like others; each is read alone.
FORMS = [
    "def f(a, ignore=lambda left, right: False, **options): pass\n",
    "def f(a, /, b: int = 1, *args: str, c='x, y', d: 'T'=[1, (2, 3)], **kw) -> dict[str, int]: return 1\n",
    "def f(\n    a: int,\n    b=(\n        1,\n        2,\n    ),\n) -> None:\n    '''Doc.'''\n",
    "def f(a,  b): 'two  spaces'\n",
    "def f(a, # one\n      b): # two\n    # three\n    'doc' # four\n",
    "def f():\n    r'a\\b'\n",
    "def f():\n    'a\\n' 'b'\n",
    "def f():\n    'a' 'b'\n",
    "def f():\n    ('a')\n",
    "def f():\n    b'a'\n",
    "def f():\n    'a'.join(b)\n",
    "def f():\n    'a'; return 1\n",
    "def f():\n    return 'a'\n",
    "def f():\n    rule = 1\n",
    'def f():\n    """One.\r\n\r\n    Two."""\r\n    return\r\n',
    "def f[T: int](a: T) -> T: ...\n",
    "def f \\\n  (a): pass\n",
    "async def f(a=b'x', c=f'{d}'): pass\n",
    "def größe(ä, b='ü'): 'Öl.'\n",
    "def f(b='ü') -> 'ü': 'Öl.'\n",
    "def " + "long" * 160 + "(a): pass\n",
    "class A(B, metaclass=M, **kw): 'doc'\nclass C(Generic[K, V], x.Y(a=1)): x: int\n",
    "class A (  ) : pass\nclass D(\n    E,  # why\n    F,\n): pass\n",
    "class E(IntEnum):\n    A = 1\n    B: int = 2\n    C: int\n    _d = 3\n    E = F = 4\n",
    "class A:\n    __slots__ = ('a', 'b')\n    x = y = 1\n    z: dict[str,  int] = {}\n    w: 'T'\n    v: Final = f(a=1)\n    u = 1 if a == b else c\n",
    "x = \\\n  1\ny = (1,\n   2)\nz = [  1]\nTABLE = {\n" + "    'key': 'value  with  spaces',\n" * 200 + "}\n" + "w = '" + "long " * 90 + "'\n",
    "a, b = 1, 2\n(c) = 3\nd[0] = e = 4\nf.g = 5\nf.g = h = 6\ni += 7\nj == 8\nk: int\nl = yield_(m := 1)\n(n := 2)\no = p == q\nr = (s) = 3\n",
    "t = lambda u=1: u\nv = {1: 2}; w = 3 # x = 4\ny: TypeAlias = int\nZ: int = 'a=b'\naa = bb <= cc\ndd = ee != ff\n",
    "#: Before.\na = 1\nb = 2  #: Behind.\nclass C:\n    #: One.\n    #: Two.\n    x: int = 1\n    def f(self):\n        self.y = 2  #: Three.\n",
    "import a, b.c as d\nfrom . import e\nfrom .. import (f as g,\n   h,)\nfrom .i.j import *\nfrom k import (l, # m\n n)\nimport o \\\n , p\nfrom .  import q\n"
    "from __future__ import annotations\n",
    "class A:\n    def f(this, b):\n        this.x = b\n        this.y: int = 1\n        this.z: int\n        this.x.y = 2\n        b.w = 3\n        this.v = that.u = 4\n"
    "        x = this.t, 5\n        this.a, this.b = 6\n        (this.c) = 7\n        for this.d in b: this.e = 8\n        with g() as this.f, h() as (this.g, i): pass\n"
    "        if b:\n            this.h = 9\n        elif c: import j\n        else:\n            def k(): this.l = 1\n        this.m = \\\n            n\n        this.o += 1\n",
    "class A:\n    @property\n    def p(self): 'Doc.'\n    @p.setter\n    def p(self, v): self._v = v\n    @staticmethod\n    def s(self): self.no = 1\n"
    "    @classmethod\n    # between\n    def c(cls): cls.no = 1\n    @a(b,\n       c)\n    @ d . e\n    def m(self): pass\n    def __new__(cls): cls.no = 1\n",
    "if TYPE_CHECKING:\n    import a\nelse:\n    def f():\n        if b:\n            from c import d\n        class E:\n            x = 1\n",
    "def f(:\n    x = 1\nclass A:\n    y = 2\n    def g(self, a b): self.z = 1\n",
]  # fmt: skip
NAMES = [
    "argparse.py",
    "ast.py",
    "asyncio/tasks.py",
    "dataclasses.py",
    "inspect.py",
    "typing.py",
    "test/test_grammar.py",
    "test/test_typing.py",
]


@pytest.fixture
def by_nodes(monkeypatch: pytest.MonkeyPatch):
    """What reads a file without looking at texts."""

    def read(content: bytes) -> FileRecord:
        with monkeypatch.context() as patch:
            for name in ("function_head", "class_head", "parameters", "bases", "imported", "assigned", "decorators", "on_one_line"):
                patch.setattr(quick, name, lambda *_: None)
            return _read(content)

    return read


def _read(content: bytes) -> FileRecord:
    return extract(content, "python", scan(content).counts)


@pytest.mark.parametrize("source", FORMS)
def test_texts_and_nodes_say_the_same(source, by_nodes) -> None:  # check 2
    assert _read(source.encode()) == by_nodes(source.encode())


@pytest.mark.parametrize("name", NAMES)
def test_texts_and_nodes_say_the_same_of_files(name, by_nodes) -> None:  # check 2
    path = STDLIB / name
    if not path.is_file():
        pytest.skip(f"this Python has no {name}")
    assert _read(path.read_bytes()) == by_nodes(path.read_bytes())


def test_everyday_forms_are_read_from_their_text(monkeypatch: pytest.MonkeyPatch) -> None:
    """The nodes are not asked for the parts of such statements."""
    from gazetteer.lang.python import walker

    def refuse(*_: object) -> None:
        raise AssertionError("the nodes were asked")

    monkeypatch.setattr(walker, "parameters", refuse)
    monkeypatch.setattr(walker, "docstring", lambda walk, body: {} if body.type == "module" else refuse())
    monkeypatch.setattr(walker._Reader, "assignment", refuse)
    source = (
        b"import a\nX: int = 1\nclass A(B):\n    '''One.'''\n    def f(self, a: int = 1) -> int:\n        '''Two.'''\n        self.x = a\n"
    )
    assert [s.name for s in _read(source).symbols] == ["X", "A", "f", "x"]
