(** A shop: let none = 1 *)

open Printf
open! Base.Map
include Stdlib.List
module M = Map.Make (String)
module type S = sig
  type t
  val size : t -> int
end

(** What can be sold. *)
type item = {
  name : string;  (** Its name. *)
  mutable count : int;
}
type colour = Red | Green of int * string | Mixed of { a : int } [@@deriving show]
and 'a tree = Leaf | Node of 'a tree * 'a
type ('a, 'b) pair = 'a * 'b
type t = ..
type t += Extra of int
type abstract
exception Closed of string
external length : string -> int = "%string_length"

(** Sells. *)
let sell ?(at = 9) ~to_ item (x : int) : bool =
  let helper y = y in
  let module L = struct let z = 1 end in
  helper true
let rec even n = n = 0 || odd (n - 1)
and odd n = n <> 0 && even (n - 1)
let limit = 10
let (a, b) = (1, 2)
let ( +++ ) x y = x + y
let f = fun x -> x
let g = function Red -> 1 | _ -> 2
let _ = print_endline "let no = 1"
let () = main ()
let%test "name" = true
let[@inline] attributed x = x

module Inner (X : S) : sig val y : int end = struct
  let y = 1
  let hidden () = ()
  module Deep = struct type u = int end
end
module rec A : sig end = struct end
and B : sig end = struct end

class virtual ['a] point (init : int) = object (self)
  inherit base init as super
  val mutable x = init
  val virtual z : int
  method get = x
  method private set y = x <- y
  method virtual move : int -> unit
  initializer print ()
end
class type pt = object method get : int end
let obj = object method no = 1 end
(* let commented = 1 (* nested *) *)
let text = {|let quoted = 1|}
