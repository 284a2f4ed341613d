(* let commented = "(* nested *) let no = 1 *)" *)
let text = "let fake = 1 \" type t = int"
let quoted = {id|module M = struct end|id}
let c = 'x' and d = '"' (* let e = 1 *) and f' x' = x'
let rec loop : 'a. 'a -> 'a = fun x -> x
let (let*) x f = f x and (.%()) a i = a.(i)
let {name; count = n} = r and [first; _] = l and (Some s | Other s) = o
let lazy_ = lazy (let inner x = x in inner 1)
let nested () = let rec a x = b x and b x = a x in let v = 1 in let open List in a v
type t = [ `A | `B of int ] and u = private { mutable x : int; y : int list } and +'a v = 'a list
type 'a gadt = Int : int -> int gadt | Pair : 'a * 'b -> ('a * 'b) gadt
type r = { f : 'a. 'a -> 'a [@attr]; (** Polymorphic. *) }
type M.t += Far | Re = Other.Thing
exception E of { code : int }
module type T = sig include S with type t := int  val x : int end
module F (A : T) () = struct include A open struct let hid = 1 end end
module P : T = (val m) module N = N0.Deep
module _ = struct let in_unnamed = 1 end
class c = let x = 1 in fun y -> object method m = x + y end
and d = object inherit c 1 method! m = 2 val z = 3 method n : 'a. 'a -> 'a = fun x -> x end
external ( + ) : int -> int -> int = "%addint"
;; print_string "let x = 1"
let%expect_test "t" = ()
[@@@warning "-32"]
let[@tail_mod_cons] rec attr x = x
let () = let main_local () = () in main_local ()
