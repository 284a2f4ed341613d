{-# LANGUAGE CPP #-}
-- Not documentation of what follows.

import Data.Char
import Data.List
  ( sort
  , nub
  )
#ifdef USE_MAP
import Data.Map (Map)
#endif

-- data Fake = Fake { none :: Int }
{- class Neither a where
   neither :: a {- nested -} -}
text = "data AlsoFake = No\n\
       \newtype Nor = Nor"
quoted = [r|
module Hidden where
f :: Int
|]
f' :: Int -> Int
f' x
  | x > 0 = go x
  | otherwise = 0
  where
    go 0 = 0
    go n = go (n - 1)
    value = 1
f'' = \x -> x
x `op` y = x + y
(f . g) z = f (g z)
infixl 6 `op`
#if MIN_VERSION_base(4,8,0)
modern :: Int
modern = 1
# else
modern :: Integer
modern = 2
#endif
class Monad m => MonadShop m where { sell :: Int -> m (); type Out m }
class (Eq a) => Two a b | a -> b where
  two :: a -> b
instance MonadShop IO where { sell _ = pure () }
instance (Show a, Show b)
  => Two a
     b where
data a :*: b = a :*: b
data Op = Int `Plus` Int | Op :- Op
data Exists = forall a. Show a => Exists a | (Eq Int) => Ctx { inCtx :: Int }
data Kinded (a :: Type) = Kinded deriving stock (Eq) deriving anyclass (NFData)
type role Kinded nominal
newtype Parser a = Parser { runParser :: String -> Maybe (a, String) }
type a ~> b = forall x. a x -> b x
_hidden, _other :: Lens' a b
main = do
  let inner y = y
      z = 1
  inner 1
pattern Pair :: a -> b -> (a, b)
pattern Pair x y <- (x, y) where Pair x y = (x, y)
-- | Documented.
--
-- In two parts.
documented :: ( Int -- ^ one
              ) => Int
documented = undefined
