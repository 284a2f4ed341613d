"""Files that need each other though no statement says so."""

from __future__ import annotations

import json

import pytest

from documented import documented

CASES = {
    "java": (
        {"a/Store.java": "package p;\npublic class Store {}\n", "a/Base.java": "package p;\nclass Base {}\n",
         "a/User.java": "package p;\n\nclass User extends Base {\n  User(int a, List<Store> b) {}\n}\n",
         "b/Other.java": "package q;\nclass Other { Other(Store a) {} }\n",
         "c/Own.java": "package p;\nclass Own { static class Store {}\n void f(Store a) {} }\n",
         "c/Brought.java": "package p;\nimport x.Store;\nclass Brought { void f(Store a) {} <Base> void g(Base b) {} }\n"},
        [("a/User.java", 3, "a/Base.java", "extends Base"), ("a/User.java", 4, "a/Store.java", "Store")],
    ),
    "go": (
        {"go.mod": "module m\n", "a/store.go": "package a\n\ntype Store struct{}\n",
         "a/f.go": "package a\n\nfunc F(s *Store, t b.Store) {}\n",
         "a/g.go": "package a\n\ntype G struct {\n\tStore\n}\n", "b/store.go": "package b\n\ntype Store struct{}\n"},
        [("a/f.go", 3, "a/store.go", "Store"), ("a/g.go", 4, "a/store.go", "embeds Store")],
    ),
    "csharp": (
        {"Store.cs": "namespace P;\nclass Store {}\n", "User.cs": "namespace P { class User { void F(Store s) {} } }\n",
         "More.cs": "using P;\nnamespace Q;\nclass More : Store {}\n"},
        [("User.cs", 1, "Store.cs", "Store")],
    ),
    "php": (
        {"Store.php": "<?php\nnamespace P;\nclass Store {}\n",
         "User.php": "<?php\nnamespace P;\nclass User { function f(?Store $a) {} }\n"},
        [("User.php", 3, "Store.php", "Store")],
    ),
    "kotlin": (
        {"Store.kt": "package p\nopen class Store\n", "User.kt": "package p\nclass User(val a: Store) : Store()\n"},
        [("User.kt", 2, "Store.kt", "Store")],
    ),
    "ruby": (
        {"app/models/issue.rb": "class Issue < Base\nend\n", "app/models/base.rb": "class Base\nend\n",
         "lib/a.rb": "require_relative '../app/models/base'\nclass A < Base\nend\n"},
        [("app/models/issue.rb", 1, "app/models/base.rb", "extends Base")],
    ),
    "ruby that opens what a library has": (
        {"config/patches.rb": "module ActiveRecord\n  class Base\n    include A\n  end\nend\n", "lib/core_ext/active_record.rb": "A = 1\n",
         "app/a.rb": "class A < ActiveRecord::Base\nend\n",
         "lib/shop/base.rb": "module Shop\n  class Base\n  end\nend\n", "app/b.rb": "class B < Shop::Base\nend\n"},
        [("app/b.rb", 1, "lib/shop/base.rb", "extends Shop::Base"), ("config/patches.rb", 3, "app/a.rb", "include A")],
    ),
    "ruby that adds to a library before it runs": (
        {"config/initializers/10-add.rb": "module ActiveRecord\n  class Base\n  end\nend\n",
         "app/a.rb": "class A < ActiveRecord::Base\nend\n",
         "lib/plugins/acts/lib/active_record/acts/tree.rb": "module ActiveRecord\n  module Acts\n  end\nend\n"},
        [],
    ),
    "swift": (
        {"Sources/M/Store.swift": "class Store {}\n", "Sources/M/User.swift": "class User: Store {}\n"},
        [("Sources/M/User.swift", 1, "Sources/M/Store.swift", "Store")],
    ),
    "python": ({"a.py": "class A: pass\n", "b.py": "from a import A\n\n\nclass B(A): pass\n"}, []),
}  # fmt: skip


@pytest.mark.parametrize("case", CASES)
def test_what_heads_name_in_one_package(tmp_path, case):
    files, expected = CASES[case]
    found = documented(tmp_path, files)
    found.build("md", "json")
    rows = map(json.loads, (found.out / "data/edges.jsonl").read_text().splitlines())
    assert sorted((e["path"], e["line"], e["target"], e["text"]) for e in rows if e["kind"] == "name") == expected
    for source, line, target, _text in expected:
        page = found.page(f"{target}.md")
        assert "## Used by" in page
        assert f"{source.rpartition('/')[2]}.md), line [{line}](" in page.split("## Used by")[1].split("\n## ")[0]
    assert not found.check().faults
