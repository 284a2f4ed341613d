#!/usr/bin/env ruby
# frozen_string_literal: true

require "set"; require_relative 'lib/goods'
require File.join("a", "b")
load "tasks.rb" if $loaded ||= true
autoload :Later, "shop/later"
Kernel.require "json"
begin
  gem "rake"
rescue LoadError => e
  def fallback; end
end

BEGIN { def at_begin; end }
END { def at_end; end }

module Deep::Er
  class ::Top < Struct.new(:x, "y", :z)
    def top = x
  end
  # Said of it.
  class Größe < Basis::Ding
    include Comparable, B::C
    extend ActiveSupport::Concern
    prepend(Logging)
    ÄNDER = 1
    ONE, (TWO, *THREE) = 1, [2, 3]
    LATER ||= %w[a b].freeze
    Inner::CONST = { a: 1 }
    attr_accessor :a, "b", *%i[c d]
    attr_reader :alone
    attr_writer(:written)
    @@shared = @@other = 2
    @@shared = 3
    @on_class = 1

    def initialize(x, y = {}, *rest, k:, o: 1, **more, &block)
      @x, @y = x, y
      @a = 1
      @z ||= (@w = 2)
      super()
    end

    def größer?(andere) = self > andere
    def self.made(...) = new(...)
    def Größe.named(*, **, &) = other(*, **, &)
    def other.single; end
    def <=>(other) = 0
    def [](i); end
    def []=(i, v) end
    def -@; end
    def !; end
    def `(command); end
    def class; end
    def end; end
    def empty?() = true
    def bang!
      def inner; end
      class << self
        def on_singleton; end
      end
      alias other_name bang!
    end
    alias aliased empty?
    alias :with_colon :empty?
    alias $new_global $old
    alias_method :by_method, "empty?"
    alias_method "by_text", :empty?
    define_method(:defined) { |a, b| def in_block; end }
    define_method "by_text_too" do end
    define_singleton_method(:single_defined) { }
    private def hidden; end
    private attr_reader :secret
    protected
    def guarded; end
    public
    private :guarded, :hidden
    private_class_method def self.hidden_maker; end
    memoize def memo; end

    class << self
      include Enumerable
      attr_reader :config
      CONST_IN = 1
      private
      def in_singleton; end
    end

    Point = Struct.new(:x, :y) do
      def length; end
    end
    Pair = Data.define(:left, :right)
    Failure = Class.new(StandardError)
    Tool = Module.new do
      def tool; end
    end
    anonymous = Class.new { def unlisted; end }
    class Größe; def nested_same; end; end
  end
end

class << (MADE = Object.new)
  def of_made; end
end
obj = Object.new
class << obj
  def of_obj; end
end

%w[a b].each { |n| define_method(n) { } }
if defined?(JRUBY_VERSION) then class OnlyThere; end else module OnlyHere; end end
case RUBY_VERSION
when /3/ then def three; end
else CONST_IN_CASE = 1
end
case RUBY_VERSION
in String => s then def in_pattern; end
end
until true do def in_until; end end
$global, $second = 1, 2
x = [1, lambda { |a| def in_lambda; end }, -> { class InArrow; end }]
A = B = 1
C = if true then D = 2 end
Hash.new { |h, k| h[k] = (E_IN_BLOCK = 1) }
puts <<~TEXT, <<-'RAW'
  class NotThis; end
  #{def in_heredoc; end}
TEXT
  def nor_this; end
  RAW
=begin
class Commented; end
=end
# def commented; end
s = "class InString; end"; y = 'def in_string; end'; r = /def x/; q = %q(module M; end); z = :"class X"; w = ?d
def self.on_main; end
def String.on_string; end
__END__
class After; end
