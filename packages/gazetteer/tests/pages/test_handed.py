"""The names that a file hands on from others: what a package of Python takes from its modules, and what JavaScript exports from others."""

import json
import re
from pathlib import Path

import pytest

from documented import documented, shown

SHOP = {
    "shop/__init__.py": '''"""A shop."""

from typing import Any

from . import errors
from ._impl import weigh
from .cart import Cart, sell as sell_now, _hidden
from .deep import *
from .pay.cards import Card

if True:
    from .late import late
try:
    from .fast import quick
except ImportError:
    from .slow import quick
''',
    "shop/errors.py": '"""What goes wrong. And why."""\n\n\nclass ShopError(Exception): ...\n',
    "shop/_impl.py": "from ._scale import weigh, unit\n",
    "shop/_scale.py": 'unit = 1\n\n\ndef weigh(thing):\n    """How heavy a thing is.\n\n    In grams.\n    """\n',
    "shop/cart.py": 'class Cart:\n    """What is bought."""\n\n    def sell(self): ...\n\n\ndef sell():\n    """Sells."""\n\n\n'
    "def _hidden(): ...\n",
    "shop/deep.py": "def deep(): ...\n",
    "shop/late.py": "def late(): ...\n",
    "shop/fast.py": "def quick(): ...\n",
    "shop/slow.py": "def quick(): ...\n",
    "shop/pay/__init__.py": "from shop.pay import cards\nfrom shop.pay.cards import Card as Plastic\nfrom shop import sell_now, Cart\n",
    "shop/pay/cards.py": "class Card: ...\n",
    "shop/use.py": "from .cart import Cart\n",
}


def rows(page: str) -> list[list[str]]:
    """The cells of the section, as they are shown."""
    section = page.partition("## Names from other files")[2].partition("\n## ")[0]
    return [[shown(cell) for cell in line.strip("|").split("|")] for line in section.splitlines() if re.match(r"\| ?\[?\d", line)]


def test_a_package_shows_what_it_takes_from_its_modules(tmp_path: Path) -> None:
    tree = documented(tmp_path, SHOP)  # type: ignore[arg-type]
    page = tree.page("shop/__init__.py.md")
    assert rows(page) == [
        ["5", "errors", "module, errors.py", "What goes wrong."],
        ["6", "weigh", "function, _scale.py:4", "How heavy a thing is."],  # through another file
        ["7", "Cart", "class, cart.py:1", "What is bought."],
        ["7", "sell_now", "function, cart.py:7", "Sells."],  # and not the method; by its name here
        ["9", "Card", "class, cards.py:1", ""],
        ["14", "quick", "function, fast.py:1", ""],  # the other one is for want of this
    ]
    assert "6 names of other files that can be taken from this one:" in page
    assert "[`weigh`](_scale.py.md#S4)" in page
    assert "[`errors`](errors.py.md)" in page
    assert not tree.check().faults


def test_programs_are_told_the_same_names(tmp_path: Path) -> None:  # check 23
    tree = documented(tmp_path, SHOP)  # type: ignore[arg-type]
    tree.build("md", "json")
    told = {(fact := json.loads(line))["path"]: fact.get("names", []) for line in tree.page("data/files.jsonl").splitlines()}
    for path, names in told.items():
        shown_there = [[line, name] for line, name, *_ in rows(tree.page(f"{path}.md"))]
        assert [[str(name["line"]), name["name"]] for name in names] == shown_there
    errors, weigh = told["shop/__init__.py"][:2]
    assert errors == {"line": 5, "name": "errors", "kind": "module", "target": "shop/errors.py"}
    assert weigh == {"line": 6, "name": "weigh", "kind": "function", "target": "shop/_scale.py", "symbol": "shop/_scale.py#S4"}


def test_names_are_found_through_packages(tmp_path: Path) -> None:
    tree = documented(tmp_path, SHOP)  # type: ignore[arg-type]
    assert [row[1:3] for row in rows(tree.page("shop/pay/__init__.py.md"))] == [
        ["cards", "module, cards.py"],
        ["Plastic", "class, cards.py:1"],
        ["sell_now", "function, cart.py:7"],
        ["Cart", "class, cart.py:1"],
    ]


def test_other_files_have_no_such_section(tmp_path: Path) -> None:  # check 21
    tree = documented(tmp_path, SHOP)  # type: ignore[arg-type]
    assert [p for p in tree.pages() if "Names from other files" in tree.page(p)] == ["shop/__init__.py.md", "shop/pay/__init__.py.md"]


def test_a_module_is_none_of_the_names_in_it(tmp_path: Path) -> None:
    """``from . import cart`` means the module ``cart``, and ``from .cart import cart`` what is called so in it."""
    files: dict[str, str | bytes] = {
        "a/__init__.py": "from . import cart\n", "a/cart.py": "def cart(): ...\n",
        "b/__init__.py": "from .cart import cart\n", "b/cart.py": "def cart(): ...\n",
        "c/__init__.py": "from .cart import cart\n", "c/cart/__init__.py": "", "c/cart/cart.py": "def cart(): ...\n",
    }  # fmt: skip
    tree = documented(tmp_path, files)
    assert [rows(tree.page(f"{folder}/__init__.py.md"))[0][1:3] for folder in "abc"] == [
        ["cart", "module, cart.py"], ["cart", "function, cart.py:1"], ["cart", "module, cart.py"],
    ]  # fmt: skip


def test_a_name_that_may_be_one_of_several_is_left_out(tmp_path: Path) -> None:
    files: dict[str, str | bytes] = {
        "p/__init__.py": "from .all import run, walk\n",
        "p/all.py": "from .one import *\nfrom .two import *\n",
        "p/one.py": "def run(): ...\ndef walk(): ...\n",
        "p/two.py": "def run(): ...\n",
    }
    tree = documented(tmp_path, files)
    assert [row[1:3] for row in rows(tree.page("p/__init__.py.md"))] == [["walk", "function, one.py:2"]]


def test_a_circle_of_imports_ends(tmp_path: Path) -> None:
    files: dict[str, str | bytes] = {"p/__init__.py": "from .a import x\n", "p/a.py": "from .b import x\n", "p/b.py": "from .a import x\n"}
    assert "Names from other files" not in documented(tmp_path, files).page("p/__init__.py.md")


def test_modules_that_take_all_names_of_each_other(tmp_path: Path) -> None:  # check 34
    """There are 40 to the power of 8 ways through them, of which none leads to a name that nobody declares."""
    stars = "".join(f"from .m{i} import *\n" for i in range(40))
    files: dict[str, str | bytes] = {f"p/m{i}.py": f"{stars}def f{i}(): ...\n" for i in range(40)}
    files["p/__init__.py"] = "from .m0 import f0, f39, missing, lacking\n"
    tree = documented(tmp_path, files)
    assert [row[1:3] for row in rows(tree.page("p/__init__.py.md"))] == [["f0", "function, m0.py:41"], ["f39", "function, m39.py:41"]]


def test_javascript_shows_what_is_exported_from_others(tmp_path: Path) -> None:
    files: dict[str, str | bytes] = {
        "src/index.ts": 'export { Cart, sell as sellNow } from "./cart";\nexport { default as Till } from "./till";\n'
        'export * from "./more";\n'
        'export type { Price } from "./parts";\nimport { inner } from "./cart";\n',
        "src/cart.ts": "/** What is bought. */\nexport class Cart {}\nexport function sell() {}\nexport const inner = 1;\n",
        "src/till.ts": "export default class Drawer {}\n",
        "src/more.ts": "export const more = 1;\n",
        "src/parts/index.ts": 'export * from "./price";\n',
        "src/parts/price.ts": "export interface Price {}\n",
    }
    tree = documented(tmp_path, files)
    assert rows(tree.page("src/index.ts.md")) == [
        ["1", "Cart", "class, cart.ts:2", "What is bought."],
        ["1", "sellNow", "function, cart.ts:3", ""],
        ["2", "Till", "class, till.ts:1", ""],
        ["4", "Price", "interface, price.ts:1", ""],
    ]
    assert not tree.check().faults


@pytest.mark.parametrize("count", [3, 1_500])
def test_pages_with_very_many_names_are_parted(tmp_path: Path, count: int) -> None:  # check 20
    names = [f"name{i:04}" for i in range(count)]
    files: dict[str, str | bytes] = {
        "p/__init__.py": f"from .all import {', '.join(names)}\n",
        "p/all.py": "".join(f'def {name}():\n    """{"What it does & why; " * 9}"""\n' for name in names),
    }
    tree = documented(tmp_path, files)
    pages = [p for p in tree.pages() if p == "p/__init__.py.md" or "_parts/__init__.py" in p]
    assert sum(len(re.findall(r"^\| .*\[`name\d{4}`\]", tree.page(p), re.MULTILINE)) for p in pages) == count
    assert all((tree.out / p).stat().st_size <= 400_000 for p in pages)
    assert not tree.check().faults


def test_rust_and_dart_show_what_they_export(tmp_path: Path) -> None:
    files: dict[str, str | bytes] = {
        "Cargo.toml": '[package]\nname = "shop"\n',
        "src/lib.rs": "mod cart;\npub mod till;\npub use cart::{Cart, sell as sell_now};\npub use till::{self, *};\nuse cart::hidden;\n",
        "src/cart.rs": "/// What is bought.\npub struct Cart;\npub fn sell() {}\npub fn hidden() {}\n",
        "src/till.rs": "pub use crate::cart::Cart as Basket;\n",
        "lib/shop.dart": "export 'src/cart.dart' show Cart, sell;\nexport 'src/till.dart' hide open;\n",
        "lib/src/cart.dart": "/// What is bought.\nclass Cart {}\nvoid sell() {}\n",
        "lib/src/till.dart": "void open() {}\nvoid close() {}\n",
    }
    tree = documented(tmp_path, files)
    assert rows(tree.page("src/lib.rs.md")) == [
        ["3", "Cart", "struct, cart.rs:2", "What is bought."],
        ["3", "sell_now", "function, cart.rs:3", ""],
    ]
    assert [row[1:3] for row in rows(tree.page("src/till.rs.md"))] == [["Basket", "struct, cart.rs:2"]]
    assert rows(tree.page("lib/shop.dart.md")) == [
        ["1", "Cart", "class, cart.dart:2", "What is bought."],
        ["1", "sell", "function, cart.dart:3", ""],
    ]
