"""Edits of files that need others without a statement: the next build gives what a first one would."""

import pytest

from editing import build_once, cold, contents, make_tree, put

FILES = {
    "j/Store.java": "package p;\npublic class Store {}\n", "j/Base.java": "package p;\nclass Base { int n; }\n",
    "j/User.java": "package p;\n\nclass User extends Base {\n  User(int a, List<Store> b) {}\n  void more(Store c) {}\n}\n",
    "go/store.go": "package a\n\ntype Store struct{}\n", "go/f.go": "package a\n\nfunc F(s *Store) {}\n",
    "php/Store.php": "<?php\nnamespace P;\nclass Store {}\n",
    "php/User.php": "<?php\nnamespace P;\nclass User {\n  function f(?Store $a) {}\n  function g(Till $b) {}\n}\n",
    "php/Shelf.php": "<?php\nnamespace P;\nclass Shelf {}\n",
    "rb/app/models/issue.rb": "class Issue < Base\n  def a(b)\n  end\nend\n", "rb/app/models/base.rb": "class Base\nend\n",
    "cs/Store.cs": "namespace P;\nclass Store {}\n", "cs/User.cs": "namespace P;\nclass User { void F(Store s) {} }\n",
    "sw/Sources/M/Store.swift": "class Store {}\n", "sw/Sources/M/User.swift": "class User: Store {}\n",
}  # fmt: skip


@pytest.mark.parametrize(("path", "old", "new"), [
    ("j/User.java", "\nclass", "\n/** Uses. */\nclass"),
    ("j/User.java", "List<Store> b", "List<Base> b"),
    ("j/User.java", "  User(int a, List<Store> b) {}\n", ""),
    ("j/User.java", "}\n}\n", "}\n  void less(Base d) {}\n}\n"),
    ("j/User.java", " extends Base", ""),
    ("j/Store.java", "class Store", "class Stores"),
    ("j/Base.java", "int n;", "int n;\n\n  static class Store {}\n"),
    ("go/f.go", "func F", "// F does.\nfunc F"),
    ("go/f.go", "s *Store", "s *Other"),
    ("go/store.go", "type Store", "\ntype Store"),
    ("php/User.php", "  function f", "\n  /** F. */\n  function f"),
    ("php/User.php", "?Store $a", "?Shelf $a"),
    ("php/Shelf.php", "class Shelf {}\n", "class Shelf {}\nclass Till {}\n"),
    ("php/Shelf.php", "class Shelf {}\n", "class Shelf {\n  function s(Store $d) {}\n}\n"),
    ("php/Store.php", "namespace P", "namespace Q"),
    ("rb/app/models/issue.rb", "class Issue", "# One.\nclass Issue"),
    ("rb/app/models/issue.rb", " < Base", ""),
    ("rb/app/models/base.rb", "class Base", "class Bases"),
    ("cs/User.cs", "Store s", "int s"),
    ("cs/Store.cs", "class Store", "\n\nclass Store"),
    ("sw/Sources/M/User.swift", "class User", "\nclass User"),
])  # fmt: skip
def test_an_edit_gives_what_a_first_build_gives(tmp_path, path, old, new):  # check 29
    root, out, store = tmp_path / "tree", tmp_path / "out", tmp_path / "store.sqlite"
    make_tree(root, FILES)
    build_once(root, out, store, ("md", "json"))
    text = (root / path).read_text()
    assert old in text
    for now in (text.replace(old, new), text):
        put(root / path, now)
        build_once(root, out, store, ("md", "json"))
        assert contents(out) == cold(root, out, ("md", "json"))
