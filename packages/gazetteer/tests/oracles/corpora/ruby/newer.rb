# What Ruby 3.3 to 4.0 brought: `it`, nameless arguments in blocks, operators that lead a line, refinements, patterns.
module Refined
  refine String do
    def shout = upcase
    import_methods Tools
  end
  using self
end

Measure = Data.define(:amount, :unit) do
  def <(other) = amount < other.amount
  def self.zero = new(amount: 0, unit: :m)
end

class Config
  def call(*, **, &)
    [1, 2].map { it + 1 }
    [1, 2].each { _1 => Integer => n }
    other(*, **, &)
  end

  def shorthand(x:, y:) = { x:, y: }
  def rescue_in(a) = risky(a) rescue nil
  def find(h)
    case h
    in { name: String => name, **nil } if name then :named
    in [*, Integer, *] | [^(1 + 2)] then def found; end
    in { a: 1.. } then nil
    end
  end
  def chain
    foo
      &.bar
      # between
      .baz
  end
  def leading
    a
      && b
      || c
  end
  private attr_accessor :one, :two
  public def endless? = true
  def in? = 1 in Integer
  private(def both; end)
  Row = Struct.new(:a, :b, keyword_init: true)
  STATES = Set[1, 2].freeze => frozen
end
h = { "a": 1, if: 2, def: 3, class: 4, end: 5 }
h => { def: three }
def h.[](k) = k
def (h.first).odd; end
