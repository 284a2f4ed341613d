module Market
  def Market.open; end
  def Other.shut; end
  class ::Everywhere
    def here; end
  end
  Shop::LIMIT = 3
end
