(** A shop. *)
open Base
type t = private int
val sell : ?at:int -> t -> bool
(** Sells. *)
val limit : int
external length : string -> int = "len"
exception Closed of string
module Inner : sig val y : int end
module type S = sig type t end
class point : int -> object method get : int end
include module type of Stdlib
