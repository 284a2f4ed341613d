#!/usr/bin/env run
#![allow(dead_code)]
//! The file.
/*! And more. /* nested */ struct No; */

extern crate alloc as heap;
use ::std::{self, fmt::{self as f, Display as _, *}, r#type::{}, };
pub(in crate::a) use self::{inner::Deep as Deeper,};

/// Documented /* struct No; */
#[cfg(all(unix, not(test)))] #[derive(Clone)]
pub(crate) struct Odd<'a, T: 'a + ?Sized, const N: usize = { 1 + 2 }> where T: for<'b> Fn(&'b u8) -> u8, { pub r#type: &'a T, größe: [u8; { N + 1 }], }
struct Tuple<'a>(pub &'a str, #[doc = "x"] u8) where Self: Sized;
struct Unit; union Both { a: u8, b: u16 }

pub enum E { #[default] A = { 1 }, B { /** in */ x: u8, y: (u8,) }, C(#[x] u8), r#else, }

#[path = "else where.rs"] mod elsewhere;
pub mod inline { //! inside
    pub mod deep { pub(super) struct Deep; impl Deep { pub const K: u8 = b'{'; } }
    use super::*;
}

impl<'a, T: ?Sized> Odd<'a, T> { pub async unsafe fn run(&self) -> impl Fn(u8) -> u8 + '_ { fn local() { static S: u8 = 1; struct Deep; } move |x| { enum InClosure { A } x } } }
unsafe impl<T> Send for &'static mut Odd<'_, T> {}
impl !Sync for Unit {}
impl<T> crate::path::Trait<u8> for [T; 3] where T: Copy { type Out<'a> = &'a T where Self: 'a; const C: u8 = 1; fn m(self: Box<Self>) {} }
impl dyn Tr + Send {}
impl<A, B> Tr for fn(A) -> B {}
impl Tr for (u8, Tuple<'_>) {}

pub unsafe auto trait Auto {}
trait Tr: Sized + for<'a> PartialEq<&'a Self> + 'static { type A: Copy = u8; const K: u8 = 1; fn m(&mut self, _: (u8, u8)); fn d() where Self: Sized { trait InDefault {} } }
trait Alias = Copy + Send;

const _: () = { struct InConst; impl InConst { fn m() {} } };
const LONG: &[&str] = &["struct InString;", r#"fn no() { "}" "#, r##"#"# mod no;"##];
static mut COUNT: u32 = 1; pub static REF: &'static str = b"\"" as _;
type Fun<T> = unsafe extern "C" fn(T, ...) -> !;

extern "C" { fn puts(s: *const u8, ...) -> i32; static errno: i32; type Opaque; }
unsafe extern "system" { pub safe fn sqrt(x: f64) -> f64; }
extern "C" fn back(x: u8) { let y = 'a: loop { break 'a '\''; }; }

macro_rules! mac { ($(#[$m:meta])* struct $n:ident) => { struct $n; fn no() {} }; }
macro hygienic($x:expr) { fn no() {} }
thread_local! { static LOCAL: u8 = 1; }

fn generic<'a, T>(x: &'a T, y @ (_, _): (u8, u8)) -> u8 where T: Into<u8> { const fn inside() {} if let Some(r#fn) = None::<u8> { union U { a: u8 } } match x { _ if { fn guard() {} true } => {} _ => {} } 1 }
fn shifts(a: u8) -> bool { a < 1 && 2 > a || (a << 1) >> 1 == 1 }
pub(self) default fn specialised() {}
fn main() { let closure = async move || { mod in_fn { pub fn f() {} } use std::mem; }; }
