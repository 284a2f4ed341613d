"""What packages hand on is edited where it is declared, and on the way: the next build gives what a first one would."""

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from editing import assert_edits_give_what_a_first_build_gives

FILES = {
    "top/__init__.py": '"""All."""\nfrom .mid import run, walk\nfrom . import low\nfrom .mid import Sub as Other\n',
    "top/mid/__init__.py": "from ._all import *\nfrom .sub import Sub\nfrom . import sub\n",
    "top/mid/_all.py": "from ..low import run\nfrom .sub import walk, Sub as Third\n",
    "top/mid/sub.py": 'class Sub:\n    """First. Second."""\n\n\ndef walk():\n    """Walks."""\n',
    "top/low.py": '"""Low things."""\nlow = 1\n\n\ndef run():\n    """Runs."""\n',
    "web/index.ts": 'export { Cart, default as Till } from "./shop";\n',
    "web/shop/index.ts": 'export * from "./cart";\nexport { default } from "./till";\n',
    "web/shop/cart.ts": "/** Bought. */\nexport class Cart {}\n",
    "web/shop/till.ts": "export default class Drawer {}\n",
    "Cargo.toml": '[package]\nname = "top"\n',
    "src/lib.rs": "mod cart;\npub mod till;\npub use till::{Basket, Drawer};\npub use cart::sell;\n",
    "src/till.rs": "pub use crate::cart::Cart as Basket;\npub struct Drawer;\n",
    "src/cart.rs": "/// Bought.\npub struct Cart;\npub fn sell() {}\n",
    "lib/all.dart": "export 'cart.dart' show Cart, sell;\n",
    "lib/cart.dart": "/// Bought.\nclass Cart {}\nvoid sell() {}\n",
    "other/__init__.py": "from top import run, Other, low\nimport top.mid as mid\nfrom top.mid import Third\n",
}
_LINES = (
    "\n", "# a\n", "def run():\n    'Other.'\n", "def walk(): ...\n", "class Sub: ...\n", "run = 2\n", "from .low import *\n",
    "export class Cart {}\n",
    "export default function made() {}\n", "pub fn sell() {}\n", "pub use cart::Cart;\n",
    "void sell() {}\n", "from .mid.sub import Sub\n", "/** Else. */\n", '"""Said otherwise."""\n',
)  # fmt: skip
_NEW = ("top/run.py", "top/mid/walk.py", "web/shop.ts", "top/mid.py", "web/shop/cart/index.ts", "low.py")
_path = st.sampled_from([*FILES])
_edit = st.one_of(
    st.tuples(st.sampled_from(["append", "prepend"]), _path, st.sampled_from(_LINES)),
    st.tuples(st.just("write"), st.sampled_from([*FILES, *_NEW]), st.sampled_from([*FILES.values(), "", "def run(): ...\n"])),
    st.tuples(st.just("delete"), _path, st.just("")),
    st.tuples(st.just("move"), _path, st.sampled_from(_NEW)),
)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow], derandomize=True)
@given(st.lists(st.lists(_edit, min_size=1, max_size=2), min_size=1, max_size=4))
def test_any_edit_gives_what_a_first_build_gives(scripts):  # check 29
    assert_edits_give_what_a_first_build_gives(FILES, scripts, ("md", "json"))


@pytest.mark.parametrize(
    "edit",
    [
        ("prepend", "top/mid/sub.py", "\n\n"),
        ("prepend", "top/low.py", '"""Quite other things."""\n'),
        ("append", "top/mid/_all.py", "from .sub import Sub as run\n"),
        ("append", "top/mid/sub.py", "x = 1\n"),
        ("prepend", "web/shop/till.ts", "\n"),
        ("prepend", "web/shop/cart.ts", "export const first = 1;\n"),
        ("prepend", "src/cart.rs", "pub struct First;\n"),
        ("prepend", "lib/cart.dart", "int first = 1;\n"),
        ("write", "top/mid/sub.py", FILES["top/mid/sub.py"].replace("Walks", "Strolls")),
        ("write", "top/mid/sub.py", FILES["top/mid/sub.py"].replace("class Sub", "def Sub")),
        ("write", "top/mid/sub.py", FILES["top/mid/sub.py"].replace("def walk", "async def walk")),
    ],
)  # fmt: skip
def test_an_edit_is_shown_where_the_name_is_handed_on(edit):  # check 29
    assert_edits_give_what_a_first_build_gives(FILES, [[edit], [("append", "other/__init__.py", "\n")]], ("md", "json"))
