#!/usr/bin/env julia
# A shop.

"""
    Shop

Sells.
"""
module Shop

using LinearAlgebra, Statistics
using ..Till: sell, buy as b
import Base: +, show
import Base.Iterators
include("till.jl")
export Till, sell
public hidden

const LIMIT = 10
const A, B = 1, 2
x::Int = 3
global g = 4

"Doc of f."
f(x, y::Int=1; z=2, kw...) = x + y
"""
doc g
"""
function g(a::T, b...)::Int where {T<:Real, S}
    inner(x) = 1
    function deep() end
end
function Base.show(io::IO, x::Shop) end
function (p::Poly)(x) end
Base.:+(a, b) = 1
a ⊕ b = 1
macro mac(ex) end
@inline function fast() end
@inline fast2(x) = 1
abstract type Animal <: Thing end
primitive type Bits 32 end
mutable struct Dog{T} <: Animal
    "the name"
    name::String
    const age::T
    x
    Dog(n) = new{Int}(n)
    function Dog() end
end
struct Cat end
@kwdef struct Opt
    a::Int = 1
end
@enum Color red=1 green blue
@enum Fruit::UInt8 begin
    apple
    pear = 3
end
@doc "Text" h(x) = 1
@doc raw"""
x
""" function k() end
if VERSION > v"1.0"
    cond() = 1
end
for op in (:a,)
    @eval $op(x) = 1
end
module Inner
    struct D end
end
baremodule Bare end
f(x)::Int where T = 1
map(xs) do x
  y = 1
end
struct P{T,N} <: AbstractArray{T,N}; a::T; b; end
(f::Foo)(x) = 1
function noop end
function f!(x)::Nothing; end
@testset "x" begin
  w = 1
end
const F = Function
end
