"""Headers of PyTorch compared with libclang: kinds, names and lines of all that they declare, with the macros of the whole include tree."""

from __future__ import annotations

import os
from collections import Counter
from pathlib import Path

import pytest
from clang_oracle import ask, compare, torch_include

from gazetteer.config import Config
from gazetteer.cpp.macros import learn_from
from gazetteer.extract import ExtractOptions, extract, scan

FOLDERS = ("c10/core", "c10/util", "ATen/core")
GOAL = 99.5


@pytest.mark.oracle
def test_headers_of_pytorch_are_read_as_clang_reads_them():  # check 3
    pytest.importorskip("clang.cindex", reason="libclang is not installed")
    root = torch_include()
    if not list(Path("/usr/include/c++").glob("*")):
        pytest.skip("no headers of a C++ library under /usr/include/c++: clang would drop declarations")
    headers = [h for folder in FOLDERS for h in sorted((root / folder).rglob("*.h"))]
    cache = os.environ.get("GAZETTEER_CLANG_CACHE")
    answers = ask(headers, [str(root), str(root / "torch/csrc/api/include")], Path(cache) if cache else None)
    assert len(answers) >= 200, "clang could read too few headers to compare with"
    sources = [p for p in sorted(root.rglob("*")) if p.suffix in (".h", ".hpp", ".cuh")]
    learned = learn_from((d for p in sources for d in scan(p.read_bytes()).defines), Config())
    totals, wrong = Counter(), []
    for header, answer in sorted(answers.items()):
        content = header.read_bytes()
        looked = scan(content)
        record = extract(content, "cpp", looked.counts, ExtractOptions(*learned.in_file(looked)))
        both, missed, extra = compare(answer, record.symbols)
        totals.update(both=both.total(), missed=missed.total(), extra=extra.total())
        if missed or extra:
            wrong.append(f"{header.relative_to(root)}: missed {sorted(missed)[:5]}, extra {sorted(extra)[:5]}")
    recall = 100 * totals["both"] / (totals["both"] + totals["missed"])
    precision = 100 * totals["both"] / (totals["both"] + totals["extra"])
    said = f"recall {recall:.2f} %, precision {precision:.2f} % of {totals}\n" + "\n".join(wrong)
    assert recall >= GOAL, said
    assert precision >= GOAL, said
