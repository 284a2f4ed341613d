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
