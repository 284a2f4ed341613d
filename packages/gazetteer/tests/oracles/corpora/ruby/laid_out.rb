class C; def a; end; def b() 1 end; end; class D < C; def b = 2 end
class E
  def spread(
    a,
    # of b
    b = {
      c: 1
    },
    *c
  )
  end
  def no_parens a, b = 1, *c, k:, o: 2, **kw, &blk
  end
  def ends; if true; end; end
  def after; end
  def
    split_name
  end
  attr_reader :one,
              :two, # and
              :three
  LIST = [
    1,
    2,
  ].map do |x|
    x
  end.freeze
  private

  def hidden \
    (a)
  end

  class <<
    self
    def single; end
  end
end
class F < Struct
  .new(:a)
end
class \
  G
end
module H end
class I::J::K < ::L::M; end
class N < (O)
end
class P < Q.new { |a| a }
end
def one() end; def two() end
begin; class R; ensure; X = 1; end; end
class S def t() end end
def u(a) a end; def v = 1; W = 1; def x() = 2
if true
  class T
    def a; end
  end
end unless false
def é; end
def привет = 1
Ärger = 1
