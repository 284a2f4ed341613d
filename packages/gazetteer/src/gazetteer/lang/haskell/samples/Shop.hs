{-# LANGUAGE GADTs, TypeFamilies #-}
{- |
Module      : Data.Shop
A shop: class Fake a where none :: a
-}
module Data.Shop
  ( Shop(..), open, (<+>), module X, type (++), pattern P
  ) where

import Data.List (sortBy, (\\))
import qualified Data.Map.Strict as M
import Data.Maybe hiding (fromJust)
import "containers" Data.Set as S
import {-# SOURCE #-} Data.Loop
import Prelude ()

-- | A shop.
-- It sells.
data Shop a = Shop
  { name :: String -- ^ What it is called.
  , stock, shelf :: [a]
  , run :: forall b. b -> b
  }
  | Closed Int !Bool
  | a :+: a
  deriving (Eq, Show)

newtype Id = Id { unId :: Int } deriving newtype Num
data Empty
data Expr :: * -> * where
  IntE  :: Int -> Expr Int
  PairE, OtherE :: Expr a -> Expr b -> Expr (a, b)
  Rec :: { field :: Int } -> Expr Int

type Pair a = (a, a)
type family Elem c :: *
type instance Elem [e] = e
type family Closed a where
  Closed Int = Bool
data family DF a
data instance DF Int = DFInt { dfield :: Int } | DFOther

-- | What sells.
class (Eq a, Show a) => Sellable a where
  type Price a :: *
  data Box a
  price :: a -> Int
  price _ = 0
  name1, name2 :: a -> String
  {-# MINIMAL price #-}
  infixl 5 <+>
  (<+>) :: a -> a -> a
  default showIt :: Show a => a -> String

instance Sellable Int where
  type Price Int = Int
  price x = helper x where helper y = y
  a <+> b = a

instance {-# OVERLAPPING #-} Show a => Show (Tree a) where
  show = undefined
deriving instance Eq a => Eq (Tree a)

-- | Opens it.
open :: Int -> IO ()
open 0 = return ()
open n = do
  let inner = n
      local x = x
  print inner
  where
    helper :: Int -> Int
    helper x = x

x <++> y = x ++ y
infixr 5 <++>
(a, b) = (1, 2)
limit = 10
(!?) :: [a] -> Int -> a
(!?) = undefined
foreign import ccall "math.h sin" c_sin :: Double -> Double
foreign export ccall open :: Int -> IO ()
pattern P :: Int -> Id
pattern P x = Id x
pattern Q {qx, qy} = (qx, qy)
first, second :: Int
first = 1
second = 2
$(makeLenses ''Shop)
main :: IO ()
main = mapM_ print [1 ..]
