#!/usr/bin/env elixir
defmodule A.B do
  @moduledoc false
  @doc """
  Many clauses: `def fake, do: 1`
  """
  @doc since: "1.0"
  @spec f(x) :: x when x: term
  def f(x) when is_atom(x), do: x
  def f(x) when is_list(x) do x end
  def f(x, y), do: {x, y}
  defp unquote(:made)(x), do: x
  def unquote(name)(), do: 1
  def +a, do: a
  def a |> b, do: {a, b}
  def left ++ right when is_list(left), do: right
  @text "def no, do: 1"
  @text "again"
  @sigil ~S(def neither, do: 1)
  @callback cb(arg :: atom, opts :: [x]) :: :ok when x: term
  @type t(a) :: {a, t}
  @type t :: t(any)
  @typedoc "A doc."
  @opaque o :: binary
  defmacro __using__(opts) do
    quote do
      import A.B
      def injected, do: unquote(opts)
    end
  end
  for name <- [:x, :y] do
    def unquote(name)(), do: unquote(name)
    def in_loop(), do: 1
  end
  if Mix.env() == :test do
    def only_in_tests, do: 1
  end
  defstruct a: 1, b: %{c: 2}
  defmodule C, do: def inner, do: 1
  alias __MODULE__.{D, E}
  alias :erlang, as: Erl
  # Before it.
  def commented(a \\ %{b: 1}, [h | t], <<x::8>>), do: {a, h, t, x}
  defdelegate other(a, b \\ 1), to: Other
  def no_body(a)
end
defmodule :erl_mod do
end
defimpl String.Chars, for: A.B do
  def to_string(x), do: x
end
IO.puts("defmodule Not do end")
