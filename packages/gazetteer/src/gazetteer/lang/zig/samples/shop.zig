//! A shop.
const std = @import("std");
const till = @import("till.zig");
pub usingnamespace @import("c.zig");

/// What it has.
pub const Shop = struct {
    /// Its name.
    name: []const u8 = "a",
    count: u32,
    const Self = @This();
    pub const limit: usize = 10;
    var state: i32 = 0;
    /// Makes one.
    pub fn init(allocator: std.mem.Allocator, comptime T: type) !Self {
        const Local = struct { x: i32 };
        return .{ .name = "x" };
    }
    fn hidden(self: *Self) void { _ = self; }
    pub const Error = error{ OutOfStock, Closed };
    const Inner = enum(u8) { red = 1, green, _, pub fn f() void {} };
};
pub const Tagged = union(enum) { int: i32, none };
pub fn List(comptime T: type) type {
    return struct { items: []T, pub fn append(self: *@This(), item: T) void {} };
}
extern "c" fn puts(s: [*:0]const u8) c_int;
export fn exported() callconv(.C) void {}
pub inline fn inl(a: anytype, ...) i32 { return 1; }
threadlocal var counter: u32 = 0;
const opaque_t = opaque {};
const packed_t = packed struct(u32) { a: u1, b: u31 };
test "sells" { const inner = 1; }
test List {}
comptime { const x = 1; }
const a = .{ 1, 2 };
const text =
    \\pub fn fake() void {}
;
