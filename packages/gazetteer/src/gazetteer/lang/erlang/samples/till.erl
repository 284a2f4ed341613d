%% Copyright (c) 2026, The mill

%% @doc Counts coins.
-module(till).
-behaviour(gen_server).

-export([start_link/0, add/2,
         'odd name'/1]).
-export_type([coin/0]).

-include("coin.hrl").
-include_lib("stdlib/include/assert.hrl").
-import(lists, [map/2, foldl/3]).

-define(SIZE, 16#ff).
-define(ADD(A, B), (A + B)).
%% A coin.
-record(coin, {
    value = 1 :: pos_integer(), % how much
    %% Of which land.
    land :: {atom(), [integer()]} | undefined,
    plain
}).
-type coin() :: #coin{}.
-opaque till(A) :: [A].
-callback worth(Coin :: coin()) -> integer().

%% @doc Starts.
%% It runs then.
-spec start_link() -> {ok, pid()}.
start_link() -> gen_server:start_link({local, ?MODULE}, ?MODULE, [], []).

%% Adds.
add(A, {B, _}) when A > 0.5 ->
    X = $., Y = "in. text(A) ->", % in_comment(A) -> b.
    coin_math:sum(A, B) + X + Y;
add(A, B) ->
    F = fun coin_math:less/2,
    F(A, B).

'odd name'(X) -> """
  not_a_form() -> x.
  """, X.

-doc "Hides \"it\".".
-spec hidden([any()]) -> any().
hidden([]) -> $\s;
hidden([_ | T]) -> hidden(T).
