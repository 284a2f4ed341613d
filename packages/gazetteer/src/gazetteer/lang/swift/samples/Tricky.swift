#!/usr/bin/swift
class A {
  subscript(i: Int) -> Int { 1 }
  #if os(iOS) && !DEBUG
  func a() {}
  #elseif swift(>=5.0)
  func b() {}
  #else
  var c: Int
  #endif
  var d: Int { get async throws { 1 } }
  let e, f: Int, g = 3
  static let (h, (i, _)) = (1, (2, 3))
  var handler: ((Int) -> Void)? = nil
  unowned(unsafe) var o: A
  nonisolated(unsafe) static var p = 1
  private(set) public var q = 1
  init<T>(_ x: T) where T: P {}
  func `default`<T: P, U>(a: some P, b: any Q, c: [Int]..., d: @autoclosure () -> Int = 3) -> [T] {}
  func c() rethrows -> (Int, Int) {}
  func dd() throws(MyError) -> Int { 0 }
  convenience init!() {}
  prefix static func -(x: A) -> A { x }
}
extension Outer.Inner: @retroactive P {}
extension Array<Int> {}
extension [Int] {}
typealias F<T> = (T) -> Void
struct S<T>: ~Copyable where T: P { }
package struct Pk { package var z: Int }
@resultBuilder public struct B {}
import class Foo.Bar
import A.B.C
#if canImport(Foo)
import Foo
#endif
@available(*, deprecated) func old() {}
func generic<each T>(_ x: repeat each T) {}
distributed actor D {}
let x = { (a: Int) -> Int in func inside() {}; return a }
if true { let hidden = 1; func nested() {} }
for i in 0..<3 { print(i) }
precedencegroup P { associativity: left }
infix operator +++ : P
postfix operator ~~
@main struct App: SwiftUI.App { var body: some Scene { WindowGroup { } } }
#warning("x")
@attached(member) macro M() = #externalMacro(module: "A", type: "B")
#Preview { Text("x") }
let `class` = 1
enum E { indirect case a(E), b; case c = 1, d }
protocol P2<T> { var a: Int { get set }; init?(x: Int); associatedtype T; typealias U = Int; func f(); static func +(a: Self, b: Self) -> Self }
/* class NotMe { /* func nested() {} */ } */
let words = "func no() {} \(String(describing: { func inText() {} }))"
let many = """
  class Fake {
    init() {}
  }
  """, raw = #"struct "Raw" {}"#
enum Deep { enum Deeper { enum Deepest { static let value = 1 } } }
/// Documented, with a blank line below.

public func documented() {}
public extension String {
    func shown() {}
    private var hidden: Int { 1 }
}
struct Wrapper { var `default`: Int = 0; var é = 1; func 名前() {} }
func outer() { class Local { init() {}; func method() { func innermost() {} } } }
