//  Shop.swift
//  Copyright (c) 2026 The authors. All rights reserved.

import Foundation
import struct Collections.Deque
@testable import ShopCore
@_exported public import Prices
#if canImport(UIKit)
import UIKit
#endif

/// What can be sold: class Fake { func none() }.
public protocol Sellable: AnyObject, Sendable where Self: Hashable {
    associatedtype Price: Comparable = Int
    associatedtype Currency
    /// What it costs.
    var price: Price { get }
    static var tax: Double { get set }
    init(price: Price)
    func sell(to buyer: String, at hour: Int) throws -> Bool
    mutating func reset()
    subscript(index: Int) -> Price { get }
    static func == (left: Self, right: Self) -> Bool
}

/**
 * A shop.
 * It sells.
 */
@available(iOS 13, *)
@MainActor
open class Shop<Item: Sellable, Key>: Base<Item>, Sellable, @unchecked Sendable where Key: Hashable {
    public typealias Price = Item.Price
    // MARK: - What it has
    private let name: String, floor = 2
    public private(set) var stock: [Item] = []
    weak var owner: AnyObject?
    lazy var sign: String = { "class Hidden {}" }()
    static let shared = Shop()
    var count: Int { stock.count }
    var total: Int {
        get { let inner = 1; return inner }
        set(newTotal) { func local() {} }
    }
    @Published var hours: Int = 8 {
        willSet { print(newValue) }
        didSet { print(oldValue) }
    }
    let (first, second) = (1, 2)

    /// Makes one.
    public init(price: Item.Price) { self.name = "" }
    required convenience init?(named name: String = "a", _ rest: Int...) { nil }
    deinit { print("gone") }

    @discardableResult
    public override func sell(to buyer: String, at hour: Int = 9) throws -> Bool {
        struct Local { var inner: Int }
        func helper(_ x: Int) -> Int { x }
        return true
    }
    class func make<T>(_ make: @escaping (T) -> Void, in place: inout T) async throws -> Self where T: Codable { fatalError() }
    subscript(key: Key) -> Item? {
        get { nil }
        set { }
    }
    public static func + (left: Shop, right: Shop) -> Shop { left }

    enum State { case open, closed }
    fileprivate struct Shelf { let depth: Int }
}

/// Colours.
public indirect enum Colour: String, CaseIterable {
    case red = "r", green
    /// Mixed from others.
    case mixed(Colour, with: Colour = .red)
    var label: String { rawValue }
}

extension Shop: CustomStringConvertible where Item: Codable {
    public var description: String { name }
    struct Inner {}
}

extension Array where Element == Int {
    func sum() -> Int { reduce(0, +) }
}

actor Till {
    nonisolated let id: Int
    func add(_ coin: Int) async { }
}

struct Point: Equatable {
    var x, y: Double
    @State private var z = 0
}

func shout(_ text: String) -> String { text.uppercased() }
private func quiet() {}
infix operator **: MultiplicationPrecedence
prefix operator √
precedencegroup Strong { higherThan: MultiplicationPrecedence }
func ** (left: Double, right: Double) -> Double { pow(left, right) }
let limit = 10
var changing: Int = 3
fileprivate typealias Handler = (Int) -> Void

@propertyWrapper
struct Clamped<Value: Comparable> {
    var wrappedValue: Value
}

@freestanding(expression)
public macro stringify<T>(_ value: T) -> (T, String) = #externalMacro(module: "M", type: "S")

#if DEBUG
func debugOnly() {}
#else
func releaseOnly() {}
#endif
