//! What the edition of 2024 has, and releases after it.

use std::ops::AsyncFn;

/// Captures what it names.
pub fn captures<'a, T>(x: &'a T) -> impl Iterator<Item = u8> + use<'a, T> { std::iter::empty() }
pub async fn closures<F: AsyncFn(u8) -> u8>(f: F) { let g = async |x: u8| { struct InClosure; f(x).await }; g(1).await; }

unsafe extern "C" {
    pub safe fn safe_one(x: f64) -> f64;
    pub unsafe fn unsafe_one(p: *const u8);
    safe static LIMIT: u8;
}

#[unsafe(no_mangle)]
pub extern "C" fn exported() {}

fn chains(a: Option<u8>, b: Option<u8>) -> u8 {
    if let Some(x) = a && let Some(y) = b && x < y { fn inside() {} return x; }
    let Some(z) = a else { enum InElse { A } return 0 };
    while let Some(_) = b && z > 1 {}
    z
}

trait Assoc { type Of<'a>: Copy where Self: 'a; fn all(&self) -> impl Iterator<Item = Self::Of<'_>>; async fn later(&self) -> u8 { const { 1 } } }
struct Lit(&'static core::ffi::CStr);
const NAME: Lit = Lit(c"struct No;");
const RAW: &core::ffi::CStr = cr#"fn "no"() {}"#;

impl Assoc for Lit { type Of<'a> = u8 where Self: 'a; fn all(&self) -> impl Iterator<Item = u8> { [].into_iter() } }
pub trait Upcast: core::any::Any { fn up(&self) -> &dyn core::any::Any where Self: Sized { self } }
pub struct Defaulted<const N: usize = 3>([u8; N]);
#[diagnostic::on_unimplemented(message = "trait No {}")]
pub trait Said {}
#[expect(unused)] fn expected(r#gen: u8) -> u8 { r#gen }
fn exclusive(x: u8) -> u8 { match x { 0..5 => 1, 5.. => 2 } }
