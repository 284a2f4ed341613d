//! Sells things; struct Fake is prose.
//!
//! More.
#![allow(dead_code)]

extern crate alloc;
extern crate serde as renamed;
use std::collections::{self, hash_map::{Entry, HashMap as Map}, *};
use crate::other::Thing;
use super::above::*;
pub(crate) use self::inner::Deep as Deeper;
use single;
pub mod inner {
    //! Inside.
    use super::Shop;
    pub struct Deep;
    mod deeper { fn f() {} }
}
mod file;
#[cfg(feature = "x")]
#[path = "elsewhere.rs"]
mod moved;

/// How many at most.
pub const LIMIT: usize = 10;
static mut COUNT: u8 = 0;
static TEXT: &str = "struct InString { x: i32 } fn no() {}";
static RAW: &str = r#"enum InRaw { A } // "fn" "#;
pub type Pair<T> = (T, T);

/// A shop.
/* not this one: struct Commented; */
/// It sells.
#[derive(Debug, Clone)]
#[repr(C)]
pub struct Shop<'a, T: Sell + 'a>
where
    T: Clone,
{
    /// Its name.
    pub name: &'a str,
    pub(crate) things: Vec<T>,
    closed: bool,
}
struct Tuple(pub i32, String);
struct Unit;
pub union Both { int: i32, float: f32 }

#[non_exhaustive]
pub enum Colour {
    /// Like blood.
    Red,
    Green(u8, u8),
    Blue { dark: bool, r#type: i32 },
    Other = 4,
}

pub unsafe trait Sell: Open + Into<String> {
    const MOST: i32 = 1;
    type Item: Clone;
    fn sell(&self, to: &str) -> Result<Self::Item, Error>;
    fn close(&mut self) { fn helper() {} }
    fn make() -> Self where Self: Sized;
}

impl<'a, T> Shop<'a, T> {
    const INSIDE: i32 = 2;
    pub async fn open(self: Box<Self>, (a, b): (i32, i32)) {}
    pub(super) const unsafe fn raw<'b>(x: &'b T) -> &'b T { x }
}
unsafe impl<T> Sell for Shop<'_, T> {
    type Item = i32;
    fn sell(&self, to: &str) -> Result<i32, Error> { Ok(1) }
}
impl fmt::Display for &Colour {}

#[macro_export]
macro_rules! price {
    ($x:expr) => { struct InMacro { x: i32 } };
}
price! { fn in_call() {} }

extern "C" {
    fn given(x: i32, ...) -> i32;
    static GIVEN: i32;
}
pub extern "C" fn taken() {
    use crate::late;
    struct Local { x: i32 }
    let closure = || {};
    println!("fn printed() {}");
}
#[cfg(test)]
mod tests {
    use super::*;
    #[test]
    fn works() {}
}
