"""Every edge names, on the lines that it gives, what it leads to."""  # check 21

from __future__ import annotations

import json
import re

from tests.trees import built, write

TREE = {
    "rb/mixins.rb": "module Mixins\n  module Loud; end\n  class Base; end\nend\n",
    "rb/use.rb": "require_relative 'mixins'\n\nclass Dog < Mixins::Base\n  # words\n  include Mixins::Loud\nend\n",
    "go/go.mod": "module example.org/a\n",
    "go/a.go": "package a\n\ntype Inner struct{ X int }\n\ntype Outer struct {\n\tname string\n\t*Inner\n}\n",
    "py/base.py": "class First: ...\n\n\nclass Second: ...\n",
    "py/use.py": "from py.base import (\n    First,\n    Second,\n)\n\n\nclass Both(\n    First,\n    Second,\n): ...\n",
    "js/lib.js": "export const one = 1;\nexport const two = 2;\nexport class Base {}\n",
    "js/use.js": "import {\n  one,\n  two,\n} from './lib.js';\nconst {\n  Base,\n} = require('./lib.js');\n",
    "js/types.ts": "export interface $Def<T> { a: T }\n",
    "js/more.ts": "import type { $Def } from './types';\nexport interface Wide<\n  T,\n> extends $Def<\n  T\n> { b: T }\n",
    "cpp/base.h": "namespace n {\nclass Left {};\nclass Right {};\n}\n",
    "cpp/use.h": '#include "base.h"\nclass Child\n    : public n::Left,\n      private n::Right {\n  int x;\n};\n',
    "kt/a.kt": "package a\n\nopen class Base<T>\n\nclass BaseOfTwo<T>(\n  private val of: T\n) : Base<T>()\n",
    "rs/Cargo.toml": '[package]\nname = "rs"\n',
    "rs/src/lib.rs": "mod a;\nuse crate::a::{\n    One,\n    Two,\n};\n",
    "rs/src/a.rs": "pub struct One;\npub struct Two;\n",
}


def test_lines_of_edges_have_what_they_say(tmp_path):
    root = write(tmp_path / "tree", TREE)
    built(tmp_path / "cache", root, "-o", tmp_path / "out", "--format", "json")
    edges = [json.loads(line) for line in (tmp_path / "out/data/edges.jsonl").read_text().splitlines()]
    assert {(e["kind"], e["path"], e["line"], e["text"]) for e in edges if e["kind"] == "base"} == {
        ("base", "rb/use.rb", 3, "Mixins::Base"), ("base", "rb/use.rb", 5, "Mixins::Loud"), ("base", "go/a.go", 7, "*Inner"),
        ("base", "py/use.py", 8, "First"), ("base", "py/use.py", 9, "Second"), ("base", "js/more.ts", 4, "$Def< T >"),
        ("base", "cpp/use.h", 3, "n::Left"), ("base", "cpp/use.h", 4, "n::Right"),
        ("base", "kt/a.kt", 7, "Base<T>"),
    }  # fmt: skip
    assert len([e for e in edges if e["kind"] in ("import", "include")]) >= 6
    for edge in edges:
        lines = "\n".join(TREE[edge["path"]].split("\n")[edge["line"] - 1 : edge["end_line"]])
        missing = [word for word in re.findall(r"[\w$]+", edge["text"].partition("<")[0]) if word not in lines]
        assert not missing, (edge, lines)
