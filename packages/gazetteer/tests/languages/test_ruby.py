"""Ruby as its own parser (Prism) reads it: what hand-made texts and the libraries of Debian showed to be missed, or taken for others."""

# ruff: noqa: E501, ISC004 - sources are written as texts

from __future__ import annotations

import pytest

from gazetteer.atlas import qualified
from gazetteer.extract import extract, scan
from gazetteer.model import FileRecord


def read(text: str) -> FileRecord:
    content = text.encode()
    return extract(content, "ruby", scan(content).counts)


def found(text: str) -> list[str]:
    record = read(text)
    names = [f"{symbol.line} {symbol.kind} {qualified(record.symbols, i, '::')}" for i, symbol in enumerate(record.symbols)]
    return names + [f"{statement.line} {statement.kind} {statement.target}" for statement in record.imports]


CASES = {
    "methods without an end that call without parentheses": (
        'class A\n  def b = puts "c"\n  def d = raise E, "f"\n  def self.g(h) = h.i :j do |k|\n    k\n  end\n  def ==(l) = eq l\n  def m = n rescue o\n'
        '  def p = q ? "r" : "s"\n  def t = u(v: 1).w "x"\n  def y = z a: 1,\n    b: 2\nend\nclass C; end\n',
        ["1 class A", "2 method A::b", "3 method A::d", "4 method A::g", "7 method A::==", "8 method A::m", "9 method A::p", "10 method A::t",
         "11 method A::y", "14 class C"],
    ),
    "the class of another object": (
        "class << IPSocket\n  def open; end\n  attr_reader :x\n  alias shut open\nend\nmodule A\n  class << B::C\n    def d; end\n  end\n"
        "  class << (E = Object.new)\n    def f; end\n  end\n  class << A\n    def g; end\n  end\nend\n",
        ["2 method IPSocket::open", "3 property IPSocket::x", "4 method IPSocket::shut", "6 module A", "8 method A::B::C::d",
         "10 constant A::E", "11 method A::E::f", "14 method A::g"],
    ),
    "names from the top": (
        "module A\n  class ::B::C\n    def d; end\n  end\n  ::E = 1\n  ::F::G = Struct.new(:h)\n  I::J = Class.new(K)\nend\n",
        ["1 module A", "2 class B::C", "3 method B::C::d", "5 constant E", "6 class F::G", "6 field F::G::h", "7 class A::I::J"],
    ),
    "constants in a chain, in a list, under a condition": (
        "A = B = 1\nC = [\n  D = :d,\n  (E = 2),\n]\nx = if y then F = 1 else G = 2 end\n$h = $i = 0\nuntil z do $j = 1 end\n",
        ["1 constant A", "1 constant B", "2 constant C", "3 constant D", "4 constant E", "6 constant F", "6 constant G", "7 variable $h",
         "7 variable $i", "8 variable $j"],
    ),
    "class variables of two classes": (
        "class A\n  @@x = 1\n  @@x = 2\nend\nclass B\n  @@x = 3\nend\n",
        ["1 class A", "2 field A::@@x", "5 class B", "6 field B::@@x"],
    ),
    "capitals outside of ASCII": (
        "class Ärger < Übel\n  Ö = 1\n  ö = 2\n  def größer?; end\nend\nmodule A::Éa\nend\n",
        ["1 class Ärger", "2 constant Ärger::Ö", "4 method Ärger::größer?", "6 module A::Éa"],
    ),
    "what constructors set, however deep": (
        "class A\n  attr_reader :b\n  def initialize(x)\n    @a = @b = x\n    x.each { |y| @c ||= y }\n    if x then @e = 1 end\n    @d = begin\n"
        "      @f = 1\n    end\n    @g, (@h, *@i) = x\n    @j[1] = 2\n    def z; @k = 1; end\n    @e = 3\n  end\nend\n",
        ["1 class A", "2 property A::b", "3 constructor A::initialize", "4 field A::@a", "5 field A::@c", "6 field A::@e", "7 field A::@d",
         "8 field A::@f", "10 field A::@g", "10 field A::@h", "10 field A::@i", "12 method A::initialize::z"],
    ),
    "definitions within the body of a method": (
        "module A\n  def self.included(base)\n    base.class_eval do\n      def b; end\n      alias c b\n    end\n    class << base\n      def d; end\n    end\n"
        "    x = Class.new { def no; end }\n  end\nend\n",
        ["1 module A", "2 method A::included", "4 method A::included::b", "5 method A::included::c", "8 method A::included::base::d"],
    ),
    "definitions that are given to a call": (
        "class A\n  memoize def b; end\n  private memoize def c; end\n  D = lambda do\n    def e; end\n  end\n  private *%i[b]\nend\n",
        ["1 class A", "2 method A::b", "3 method A::c", "4 constant A::D", "5 method A::e"],
    ),
    "what is required within expressions": (
        "defined?(::Set) or require 'set'\nA = if b\n  require_relative 'c'\nelse\n  require 'd' 'e'\nend\nf(proc { require %q(g) }) { h }\n"
        "case\nwhen i then load 'j'\nend\nk = ->() { require(\"l\") }\nm.require 'no'\nm.n(require: 1)\n",
        ["2 constant A", "1 require set", "3 require_relative c", "5 require de", "7 require g", "9 load j", "11 require l"],
    ),
    "names of methods that are words": (
        "class A\n  def super(a = 1)\n    b\n  end\n  def self; end\n  def !@; end\n  alias_method :☠, :super\n  x = [:$,, :$;, :$\\, {defined?: 1}]\n"
        "  def z; end\nend\n",
        ["1 class A", "2 method A::super", "5 method A::self", "6 method A::!@", "7 method A::☠", "9 method A::z"],
    ),
    "symbols for methods in any form": (
        "class A\n  attr_accessor :\"b\", 'c'\n  attr_reader(*%w[d e])\n  mattr_reader :f\n  alias_method :g, h('g')\nend\nI = Struct.new(*%i[j k])\n",
        ["1 class A", "2 property A::b", "2 property A::c", "3 property A::d", "3 property A::e", "4 property A::f", "5 method A::g",
         "7 class I", "7 field I::j", "7 field I::k"],
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", CASES)
def test_found_as_prism_finds_them(case: str) -> None:
    text, expected = CASES[case]
    assert found(text) == expected


@pytest.mark.parametrize(
    "text", ["class A\n  def super(a = 1)\n  end\nend\n", "class Ä::Ö < Ü\nend\n", 'x = [:$_, :$", :☠, {defined?: 1}]\n']
)
def test_what_the_grammar_does_not_know_is_no_error(text: str) -> None:
    quality = read(text).quality
    assert (quality.error_bytes, quality.missing, quality.repairs) == (0, 0, ("with known syntax",))


def test_what_is_included_in_the_class_of_a_class_extends_it() -> None:
    text = "class A\n  class << self\n    include B, C::D\n    prepend E\n  end\n  def f\n    class << g\n      include H\n    end\n  end\nend\n"
    first, method = read(text).symbols
    assert [(base.how, base.name) for base in first.bases] == [("extend", "B"), ("extend", "C::D"), ("prepend", "E")]
    assert method.bases == ()


def test_visibility_that_is_given_through_a_call_or_a_list() -> None:
    text = "class A\n  def b; end\n  def c; end\n  private memoize def d; end\n  private *%i[b]\n  protected [:c]\nend\n"
    assert [s.visibility for s in read(text).symbols[1:]] == ["private", "protected", "private"]


def test_lines_for_tools_are_no_documentation() -> None:
    record = read(
        "# -*- coding: utf-8 -*-\n# frozen_string_literal: true\n# Of the file.\n\n# typed: strict\n# Of the class.\nclass A; end\n"
    )
    assert (record.doc, record.doc_line, record.doc_end) == ("Of the file.", 3, 3)
    assert [(s.doc, s.doc_line, s.doc_end) for s in record.symbols] == [("Of the class.", 6, 6)]
    assert [s.doc for s in read("# frozen_string_literal: true\nclass A; end\n").symbols] == [""]


def test_terms_below_lines_for_tools_are_no_documentation() -> None:
    terms = "# frozen_string_literal: true\n\n# Redmine - project management software\n# Copyright (C) 2006  A. Author\n"
    assert (read(f"{terms}\nclass A; end\n").doc, [s.doc for s in read(f"{terms}\nclass A; end\n").symbols]) == ("", [""])
    record = read(f"{terms}\n# What it is for.\n\nrequire 'a'\nclass A; end\n")
    assert (record.doc, record.doc_line, record.doc_end) == ("What it is for.", 6, 6)
    assert read("#!/usr/bin/env ruby\n# frozen_string_literal: true\n\n# Run me.\n\nrun\n").doc == "Run me."


def test_methods_that_are_private_by_their_names() -> None:
    text = "class A\n  def initialize_copy(b); end\n  def self.respond_to_missing?(c, d); end\n  public def initialize_dup(e); end\n  def f; end\nend\n"
    assert [s.visibility for s in read(text).symbols[1:]] == ["private", "private", "public", "public"]


def test_methods_that_the_block_of_a_defined_method_defines() -> None:
    text = "class A\n  define_method(:b) do |c|\n    def d; end\n    alias e d\n    require 'f'\n  end\nend\n"
    record = read(text)
    assert [(s.kind, s.name, s.line, s.parent) for s in record.symbols] == [
        ("class", "A", 1, -1), ("method", "b", 2, 0), ("method", "d", 3, 1), ("method", "e", 4, 1),
    ]  # fmt: skip
    assert [(i.kind, i.target, i.local) for i in record.imports] == [("require", "f", True)]


def test_tasks_of_rake_are_documented_by_what_is_said_above_them():
    text = (
        "desc 'Sells.'\n# how\ntask :sell do\nend\ntask default: %w[sell]\nnamespace :shop do\n  desc <<-END\n\n    Opens the shop.\n\n    Twice.\n  END\n"
        "  task :open, [:day] => :sell do\n    task :inner\n  end\n  namespace 'till' do\n    multitask \"count\" => :open\n  end if x\n  desc 'Lost.'\n  puts 1\n  task :shut\nend\n"
        "task name\nx.task :no\nclass A\n  task :no\n  def task; end\nend\n"
    )
    assert [(s.name, s.line, s.signature, s.doc, s.doc_line, s.doc_end) for s in read(text).symbols if s.kind == "target"] == [
        ("sell", 3, "task :sell", "Sells.", 1, 1), ("default", 5, "task default: %w[sell]", "", 0, 0),
        ("open", 13, "task shop:open (:open, [:day] => :sell)", "Opens the shop.\n\nTwice.", 9, 11),
        ("count", 17, 'multitask shop:till:count ("count" => :open)', "", 0, 0), ("shut", 21, "task shop:shut", "", 0, 0),
    ]  # fmt: skip
