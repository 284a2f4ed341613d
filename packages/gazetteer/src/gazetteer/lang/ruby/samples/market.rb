module Market
  def Market.open; end
  def Other.shut; end
  class ::Everywhere
    def here; end
  end
  Shop::LIMIT = 3
end

class Spot < Struct.new(:x, :y)
  attr_accessor(*%i[left right])
  COUNT ||= 3
  @@shared = 1
  $loud = true
end
