"""Where imports and bases lead in languages besides Python and TypeScript, as their compilers say."""

# ruff: noqa: E501 - sources are written as texts

from __future__ import annotations

from pathlib import Path

from leading import edges, resolved


def test_modules_of_rust_that_several_crates_have(tmp_path: Path) -> None:
    found = resolved(tmp_path, {
        "Cargo.toml": "[package]\nname = 'shop'\nedition = '2021'\n", "src/lib.rs": "", "tests/first.rs": "mod common;\nuse common::util::Scene;\n",
        "tests/second.rs": "mod common;\n#[path = \"deep/case.rs\"]\nmod case;\n", "tests/common/mod.rs": "pub mod util;\n", "tests/common/util.rs": "pub struct Scene;\n",
        "tests/deep/case.rs": "use crate::common::util::Scene;\n",
    })  # fmt: skip
    assert edges(found, "tests/first.rs") == [(1, "tests/common/mod.rs"), (2, "tests/common/util.rs")]
    assert edges(found, "tests/deep/case.rs") == [(1, "tests/common/util.rs")]


def test_a_class_that_extends_one_of_its_name_further_out(tmp_path: Path) -> None:
    found = resolved(tmp_path, {
        "lib/shop/till.rb": "module Shop\n  class Till\n  end\nend\n", "lib/shop/paper/till.rb": "module Shop\n  module Paper\n    class Till < Till\n    end\n  end\nend\n",
        "lib/shop/paper/more.rb": "module Shop\n  module Paper\n    class Till\n      def more; end\n    end\n  end\nend\n",
    })  # fmt: skip
    assert edges(found, "lib/shop/paper/till.rb", "base") == [(3, "lib/shop/till.rb")]


def test_bases_of_cpp_whose_namespace_is_taken(tmp_path: Path) -> None:
    found = resolved(tmp_path, {
        "shop/box.h": "namespace shop {\nclass Box {};\nnamespace deep {\nclass Crate {};\n}\n}\n", "else/crate.h": "namespace other {\nclass Crate {};\nclass Chest {};\n}\n",
        "a.cpp": '#include "shop/box.h"\nusing namespace shop;\n  using namespace deep;\nclass A : public Box {};\nnamespace {\nclass B : public Crate {};\n}\n'
        "class C : public ::Box {};\nclass D : public deep::Crate {};\nclass E : public Chest {};\n",
        "b.cpp": '#include "shop/box.h"\n// using namespace shop;\nclass A : public Box {};\n',
        "c.cpp": '#include "else/crate.h"\n#include "shop/box.h"\nusing namespace other;\nusing namespace shop::deep;\nclass A : public Crate {};\nclass B : public Chest {};\n',
    })  # fmt: skip
    assert edges(found, "a.cpp", "base") == [(4, "shop/box.h"), (6, "shop/box.h"), (9, "shop/box.h")]
    assert edges(found, "b.cpp", "base") == []
    assert edges(found, "c.cpp", "base") == [(6, "else/crate.h")]
