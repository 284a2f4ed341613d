# ruff: noqa: E501 - files of a tree, one a line
"""Indexes of SCIP for tests, written with the messages of the protocol."""

from __future__ import annotations

import re

from gazetteer.compiler.messages import messages

CLASSES = messages()
UTF8, UTF16, UTF32 = 1, 2, 3
DEFINITION, IMPORT, READ, FORWARD = 1, 2, 8, 64


def units(text: str, encoding: int) -> int:
    """How long a text is."""
    return len(text.encode()) if encoding == UTF8 else len(text.encode("utf-16-le")) // 2 if encoding == UTF16 else len(text)


class Document:
    """What an index says of one text; names are found in it, the first or another of them."""

    def __init__(self, path: str, text: str, encoding: int = UTF8) -> None:
        self.message = CLASSES["Document"](relative_path=path, position_encoding=encoding)
        self.text, self.encoding = text, encoding

    def says(self, symbol: str, name: str, number: int = 0, roles: int = 0) -> Document:
        start = [m.start() for m in re.finditer(rf"(?<!\w){re.escape(name)}(?!\w)", self.text)][number]
        line = self.text.count("\n", 0, start)
        before = self.text[self.text.rfind("\n", 0, start) + 1 : start]
        at = units(before, self.encoding)
        return self.at([line, at, at + units(name, self.encoding)], symbol, roles)

    def at(self, place: list[int], symbol: str, roles: int = 0) -> Document:
        self.message.occurrences.add(range=place, symbol=symbol, symbol_roles=roles)
        return self

    def defines(self, symbol: str, name: str, number: int = 0) -> Document:
        return self.says(symbol, name, number, DEFINITION)

    def relates(self, symbol: str, *others: str) -> Document:
        said = self.message.symbols.add(symbol=symbol)
        for other in others:
            said.relationships.add(symbol=other, is_implementation=True)
        return self


def index_of(*documents: Document, tool: str = "tester") -> bytes:
    index = CLASSES["Index"]()
    index.metadata.tool_info.name, index.metadata.tool_info.version = tool, "1"
    index.documents.extend(document.message for document in documents)
    return index.SerializeToString(deterministic=True)


def symbol(*parts: str) -> str:
    return "test . . . " + "".join(parts)


#: A tree whose imports tell less than an index does: names come by way of attributes, and by a base that another function gives.
FILES = {
    "shop/__init__.py": "",
    "shop/model.py": '"""What is sold."""\n\n\nclass Base:\n    def total(self):\n        return 0\n\n\nclass Basket(Base):\n'
    "    def total(self):\n        return 1\n\n\ndef unused(): ...\n",
    "shop/use.py": "from .model import Basket as Bag\n\n\ndef checkout(given):\n    return given.total() + Bag().total()\n",
    "shop/far.py": "def pay(given):\n    return given.basket.total()\n",
    "shop/made.py": "def made():\n    from .model import Base\n    return Base\n\n\nclass Late(made()):\n    def total(self):\n        return 2\n",
    "tests/test_model.py": "from shop.model import Basket\n\n\ndef test_total():\n    assert Basket().total() == 1\n",
    "note.txt": "Basket\n",
}  # fmt: skip
BASE, BASKET, LATE = symbol("`shop.model`/Base#"), symbol("`shop.model`/Basket#"), symbol("`shop.made`/Late#")
BASE_TOTAL, TOTAL, LATE_TOTAL = BASE + "total().", BASKET + "total().", LATE + "total()."
UNUSED, PAY = symbol("`shop.model`/unused()."), symbol("`shop.far`/pay().")


def documents(files: dict[str, str] = FILES) -> list[Document]:
    model, use, far, made = (Document(path, files[path]) for path in ("shop/model.py", "shop/use.py", "shop/far.py", "shop/made.py"))
    model.at([0, 0, 0], symbol("`shop.model`/__init__:"), DEFINITION).defines(BASE, "Base").says(BASE, "Base", 1)
    model.defines(BASE_TOTAL, "total").defines(BASKET, "Basket").defines(TOTAL, "total", 1).defines(UNUSED, "unused")
    use.says(BASKET, "Basket", roles=IMPORT).says(BASKET, "Bag").says(BASKET, "Bag", 1).says(TOTAL, "total").says(TOTAL, "total", 1)
    use.at([3, 13, 18], "local 1", DEFINITION).at([4, 11, 16], "local 1")
    far.defines(PAY, "pay").says(TOTAL, "total")
    made.says(BASE, "Base").says(BASE, "Base", 1).defines(LATE, "Late").defines(LATE_TOTAL, "total")
    model.relates(TOTAL, BASE_TOTAL)
    made.relates(LATE, BASE).relates(LATE_TOTAL, BASE_TOTAL)
    return [model, use, far, made]


CONFIGURED = '[compiler]\nscip = ["index.scip"]\n'
