#= Not a licence.
   function no() end =#
-(a::T) = 1
!(a::T) = 2
(+)(a, b) = 1
Base.getindex(a::T, i) = 1
Dog{T}(x) where T = new(x)
function (a::A)(x; y=1)::Int where {T} end
function -(a, b) end
function Base.:(==)(a, b) end
Base.:(==)(a::T, b::T) = true
f(x)::Int = 2
function f((a,b), ::Type{T}, c::Int...; d, e::Int=2, kw...) where T end
x = function (y) end
x .= 2
x += 2
a.b = 1
a[1] = 2
(a, b) = 1, 2
a, b = 2
const x::Int = 2
const global w2 = 2
begin
  z = 1
end
let a = 1
  q(x) = 1
end
@eval begin
  function zz() end
end
quote
 function no() end
end
Base.@kwdef struct Z end
Base.@propagate_inbounds function gi(x) end
@generated function gen(x) end
struct E
  a::Int # the a
  @atomic b::Int
  c
end
@mymacro(function xx() end)
"doc"
const DD = 1
export @mac, ⊕
import A.B as C, D
using A: @m, b
import ..A.B: c
using .A
macro m(a)
  quote function b() end end
end
function a end
"""doc of a"""
a
abstract type X{T} end
f = x -> 1
@inline f(x)::Int where {T} = 1
function var"odd name"(x) end
+(a::V, b::V) = V(1)
a::V + b::V = 1
function outer()
  g(x) = 1
  h = y -> 2
  x == 1
  k(a, b) = begin
    deep(z) = 3
  end
end
ccall((:x, "y"), Int, ())
f(x) do y; inside(z) = 1; end
struct T1 <: A; x::Int; y; end
x::Int
z1[], = f(), 2
index = a[(begin + 1):end]
text = "function no() end; struct No end"
raw"""
module No end
"""
struct Holder
    const fixed::Int
    free
end
include(joinpath(@__DIR__, "sub", "other.jl"))
include(joinpath(dir, "unknown.jl"))
function later()
    include("late.jl")
end
@testset "x" begin
    using Test
    include("tested.jl")
    for i in 1:2
        check(x) = x
    end
end
"""
    documented(x)

Says so.
"""
documented(x) = 1

"Too far above."

far(x) = 1
# Above it.
near(x) = 1
