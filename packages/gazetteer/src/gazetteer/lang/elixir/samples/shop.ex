# A shop.
defmodule My.Shop do
  @moduledoc """
  A shop: def none(), do: 1
  """
  use GenServer, restart: :transient
  alias My.{Till, Other.Deep}
  alias My.Prices, as: P
  import Enum, only: [map: 2]
  require Logger
  @behaviour My.Sellable
  @limit 10
  @type item :: %{name: String.t()}
  @typep hidden :: atom()
  @opaque id :: integer
  @callback price(item) :: integer
  @macrocallback expand(term) :: Macro.t()
  defstruct [:name, count: 0, tags: []]
  defexception message: "closed"

  @doc "Sells."
  @spec sell(item, integer) :: :ok | {:error, term}
  def sell(item, at \\ 9)
  def sell(%{name: name}, at) when at > 0 do
    helper = fn x -> x end
    {name, helper.(at)}
  end
  def sell(_, _), do: :error

  @doc false
  defp helper(x), do: x
  def a <> b, do: a ++ b
  defmacro expand(ast) do
    quote do
      def generated(), do: unquote(ast)
    end
  end
  defmacrop inner(x), do: x
  defguard is_open(x) when x > 8
  defguardp is_shut(x) when x < 8
  defdelegate size(map), to: Map, as: :count
  def no_args, do: 1
  def call?(x) do x end
  def bang!(), do: raise "x"

  defmodule Inner do
    def deep, do: 1
  end
end

defprotocol Sized do
  @doc "How large."
  def size(data)
end
defimpl Sized, for: [Map, List] do
  def size(x), do: map_size(x)
end
defimpl Sized, for: My.Shop do
  def size(_), do: 0
end
defmodule Test do
  use ExUnit.Case
  test "sells", %{x: x} do
    assert x
  end
  defrecord :rec, [:a]
end
if true do
  defmodule Conditional do
  end
end
