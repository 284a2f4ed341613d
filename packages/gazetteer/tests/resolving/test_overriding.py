# ruff: noqa: E501 - files of a tree, one a line
"""Methods that override others, in languages that ask for them by bases, words and parameters."""

from __future__ import annotations

import tempfile
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from editing import build_once, cold, contents, put
from gazetteer.opening import opened
from trees import write

#: By file, and the overrides that are expected: name of the method, its line, and class and line of what it overrides.
TREES = {
    "C++": (
        {
            "a.h": "#pragma once\nnamespace n {\nstruct Base {\n  virtual void run(int);\n  virtual std::string name() const = 0;\n  void plain();\n"
            "  virtual bool operator==(const Base&) const;\n  virtual void twice(int);\n  virtual void twice(double);\n  static void make();\n"
            " private:\n  virtual int hidden(long);\n};\ntemplate <class T> struct Box {\n  virtual void put(T value);\n};\n}\n",
            "b.h": '#include "a.h"\nnamespace n {\nstruct Mid : Base {\n  void run(int number);\n  void run(float);\n'
            "  std::string name() const override;\n  std::string name();\n  void plain();\n  int hidden(long) override;\n  static void make();\n};\n"
            "struct Leaf final : public Mid, Box<int> {\n  void run(int);\n  bool operator==(const n::Base& other) const override;\n"
            "  void put(int value) override;\n  void twice(short) override;\n  void plain() const;\n};\n}\n",
            "b.cpp": '#include "b.h"\nnamespace n {\nvoid Mid::run(int number) {}\n}\n',
        },
        [
            ("run", "b.h:4", "Base::run", "a.h:4"), ("name", "b.h:6", "Base::name", "a.h:5"), ("hidden", "b.h:9", "Base::hidden", "a.h:12"),
            ("run", "b.h:13", "Mid::run", "b.h:4"), ("operator==", "b.h:14", "Base::operator==", "a.h:7"), ("put", "b.h:15", "Box::put", "a.h:15"),
        ],
    ),
    "Java": (
        {
            "p/A.java": "package p;\nabstract class A<T> {\n  void run(T what) {}\n  abstract int size();\n  private void own() {}\n  static void make() {}\n"
            "  void many(int a, java.util.List<String> b) {}\n}\n",
            "p/B.java": "package p;\nclass B extends A<String> implements C {\n  @Override void run(String what) {}\n  int size() { return 1; }\n"
            "  void own() {}\n  static void make() {}\n  void many(final int x, List<String> y) {}\n  void many(long x, List<String> y) {}\n"
            "  public void stop() {}\n}\n",
            "p/C.java": "package p;\ninterface C {\n  void stop();\n}\n",
        },
        [
            ("run", "p/B.java:3", "A.run", "p/A.java:3"), ("size", "p/B.java:4", "A.size", "p/A.java:4"),
            ("many", "p/B.java:7", "A.many", "p/A.java:7"), ("stop", "p/B.java:9", "C.stop", "p/C.java:3"),
        ],
    ),
    "Kotlin": (
        {
            "k.kt": "package k\ninterface I {\n  val size: Int\n  fun go(a: Int)\n}\nopen class P {\n  open fun stop() {}\n  fun no() {}\n}\n"
            "class Q : P(), I {\n  override val size = 1\n  override fun go(a: Int) {}\n  override fun stop() {}\n  fun no(a: Int) {}\n}\n",
        },
        [("size", "k.kt:11", "I.size", "k.kt:3"), ("go", "k.kt:12", "I.go", "k.kt:4"), ("stop", "k.kt:13", "P.stop", "k.kt:7")],
    ),
    "C#": (
        {
            "c.cs": "namespace N {\ninterface I {\n  void Go(int a);\n  int Size { get; }\n}\nclass P {\n  public virtual void Stop() {}\n"
            "  public void No() {}\n  public virtual void Old() {}\n}\nclass Q : P, I {\n  public void Go(int a) {}\n  public int Size { get { return 1; } }\n"
            "  public override void Stop() {}\n  public void No() {}\n  public new void Old() {}\n  public void Stop(int x) {}\n}\n}\n",
        },
        [("Go", "c.cs:12", "I.Go", "c.cs:3"), ("Size", "c.cs:13", "I.Size", "c.cs:4"), ("Stop", "c.cs:14", "P.Stop", "c.cs:7")],
    ),
    "PHP": (
        {
            "p.php": "<?php\nnamespace N;\ninterface I { function go(int $a); }\nabstract class P {\n  function Stop() {}\n  private function own() {}\n"
            "  static function make() {}\n}\nclass Q extends P implements I {\n  function go(int $a, $b = 1) {}\n  function stop() {}\n"
            "  function own() {}\n  static function make() {}\n}\n",
        },
        [("go", "p.php:10", "I::go", "p.php:3"), ("stop", "p.php:11", "P::Stop", "p.php:5"), ("make", "p.php:13", "P::make", "p.php:7")],
    ),
    "Ruby": (
        {"r.rb": "class P\n  def go(a) end\n  def self.make; end\nend\n\nclass Q < P\n  def go(b, c) end\n  def make; end\n  def self.make; end\nend\n"},
        [("go", "r.rb:7", "P#go", "r.rb:2"), ("make", "r.rb:9", "P#make", "r.rb:3")],
    ),
}  # fmt: skip


def overrides(root):
    with opened(Path(root)) as tree:
        atlas = tree.atlas()
    symbols = {path: file.record.symbols for path, file in atlas.files.items() if file.record is not None}
    return sorted(
        (symbols[e.source][e.source_symbol].name, f"{e.source}:{e.line}", e.text, f"{e.target}:{symbols[e.target][e.target_symbol].line}")
        for edges in atlas.edges_from.values() for e in edges if e.kind == "override"
    )  # fmt: skip


@pytest.mark.parametrize("language", TREES)
def test_methods_lead_to_those_that_they_override(tmp_path, language, monkeypatch):  # check 15
    monkeypatch.setenv("GAZETTEER_CACHE_DIR", str(tmp_path / "cache"))
    files, expected = TREES[language]
    assert overrides(write(tmp_path / "tree", files)) == sorted(expected)


def test_a_page_says_so_at_both_ends(tmp_path):
    root = write(tmp_path / "tree", TREES["C++"][0])
    build_once(root, tmp_path / "out", None)
    assert "overrides [`n::Base::run`](a.h.md#S4) (a.h:4)" in (tmp_path / "out/b.h.md").read_text()
    assert "overridden by [`n::Mid::run`](b.h.md#S4) (b.h:4)" in (tmp_path / "out/a.h.md").read_text()


def test_a_long_chain_of_types_takes_a_while_and_no_more(tmp_path, monkeypatch):  # check 34
    monkeypatch.setenv("GAZETTEER_CACHE_DIR", str(tmp_path / "cache"))
    chain = "".join(f"struct T{n} : T{n - 1} {{ void run(int); }};\n" for n in range(1, 2_000))
    root = write(tmp_path / "tree", {"a.h": "struct T0 { virtual void run(int); };\n" + chain})
    assert len(overrides(root)) == 200  # so many above one are looked at


# -- edits ---------------------------------------------------------------------------------------------------------------------------------

#: Of each file, the parts that it may have, in order; an edit has some of them.
PARTS = {
    "base.h": (
        "#pragma once\n", "struct Root {\n  virtual void run(int);\n};\n", "struct Base : Root {\n", "  virtual void run(int);\n",
        "  virtual void stop();\n", "  void walk(double);\n", "};\n", "struct Other {\n  virtual void stop();\n};\n",
    ),
    "leaf.h": (
        '#include "base.h"\n', "struct Leaf : Base {\n", "  void run(int) override;\n", "  void run(long);\n", "  void stop();\n",
        "  virtual void walk(double);\n", "};\n", "struct Far : Leaf, Other {\n  void stop() override;\n};\n",
    ),
    "leaf.cpp": ('#include "leaf.h"\n', "void Leaf::run(int) {}\n", "struct Local : Leaf { void run(int); };\n"),
    "p/Base.php": ("<?php\n", "class Base {\n", "  function run() {}\n", "  function stop() {}\n", "}\n"),
    "p/Leaf.php": ("<?php\n", "class Leaf extends Base {\n", "  function Run($a) {}\n", "  function stop() {}\n", "}\n"),
    "j/Base.java": ("package j;\n", "class Base {\n", "  void run(int a) {}\n", "  void stop() {}\n", "}\n"),
    "j/Leaf.java": ("package j;\n", "class Leaf extends Base {\n", "  void run(int b) {}\n", "  void run(long b) {}\n", "  void stop() {}\n", "}\n"),
}  # fmt: skip
_NEEDED = ("#pragma once\n", "<?php\n", "package j;\n", "};\n", "}\n")
_edit = st.sampled_from(sorted(PARTS)).flatmap(
    lambda path: st.tuples(st.just(path), st.sets(st.integers(0, len(PARTS[path]) - 1), max_size=2))
)


def text_of(path, absent):
    """A file without some of its parts; a class whose head is gone has no end."""
    parts, found, is_open = PARTS[path], [], False
    for number, part in enumerate(parts):
        if part.endswith("{\n") and "};" not in part:
            is_open = number not in absent
        if part in ("};\n", "}\n") and not is_open:
            continue
        if (part in _NEEDED or number not in absent) and (is_open or not part.startswith("  ")):
            found.append(part)
    return "".join(found)


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.too_slow], derandomize=True)
@given(st.lists(_edit, min_size=2, max_size=6))
def test_after_edits_as_in_a_first_build(edits):  # check 29
    formats = ("md", "json")
    with tempfile.TemporaryDirectory() as folder:
        root, out, store = Path(folder, "tree"), Path(folder, "out"), Path(folder, "store.sqlite")
        for path in PARTS:
            put(root / path, text_of(path, set()))
        build_once(root, out, store, formats)
        for path, absent in edits:
            put(root / path, text_of(path, absent))
            build_once(root, out, store, formats)
            assert contents(out) == cold(root, out, formats)
