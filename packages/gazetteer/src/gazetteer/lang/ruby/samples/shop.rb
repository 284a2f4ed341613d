#!/usr/bin/env ruby
# frozen_string_literal: true

# A shop of things.

require "set"
require 'json/add/core'
require_relative "lib/goods"
load "tasks.rb"
autoload :Later, "shop/later"
require File.join("a", "b")

# Everything of the shop.
module Shop
  VERSION = "1.0"
  LIMITS = {
    low: 1,
  }.freeze

  # Something sold.
  class Good < Base::Thing
    include Comparable, Enumerable
    extend ClassMethods
    prepend Logging

    attr_accessor :name, :price
    attr_reader :id
    attr_writer "size"
    COLOURS = %w[red class].freeze
    A, B = 1, 2

    # Makes one.
    def initialize(name, price = 1, *rest, key:, opt: 2, **more, &block)
      @name = name
      text = <<~TEXT
        class InHeredoc
          def in_heredoc; end
        end
      TEXT
      other = 'def in_string; end'
    end

    def self.build(...) = new(...)

    class << self
      def made; end
      attr_reader :count

      private

      def hidden_maker; end
    end

    def <=>(other) = price <=> other.price
    def [](i); end
    def empty?; true; end
    def name=(value); @name = value; end
    alias_method :title, :name
    alias label name

    protected

    def guarded; end

    private

    def secret
      def nested_method; end
    end

    public

    def open; end
    private def closed(a); end
    def later; end
    private :later, :nothing_here
    private_constant :COLOURS
    define_method(:made_up) { |x| x }

    private attr_reader :inner
    def self.klass; end
    private_class_method :klass
  end

  Point = Struct.new(:x, :y) do
    def length; end
  end
  Pair = Data.define(:left, :right)
  Error = Class.new(StandardError)

  module_function

  def helper; end

  class Outer::Inner; end
end

class Shop::Good
  def reopened; end
end

=begin
class InComment
end
=end
def top(a, (b, c)) = a

if RUBY_VERSION > "3"
  def conditional; end
  require "conditional"
end

$global = 1
__END__
class AfterEnd
end
