// Not documentation.
const @"odd name" = 1;
const text = "pub fn fake() void {}";
/// Two
/// lines.
pub const Alias = Shop.Inner;
pub const fnptr = *const fn (i32) void;
const lazy = blk: { const inner = 1; const Hid = struct { deep: bool }; break :blk inner; };
pub const E = error{A} || error{B};
pub const Vec = extern struct { x: f32 align(16) = 0, comptime y: u8 = 1, @"z z": f32, };
pub const Callback = struct { call: *const fn (self: *Callback) void, pub const Nested = union(enum(u4)) { a: struct { b: u8 }, c }; };
fn generic(comptime T: type, items: []const T) !?*T { if (true) { return struct { fn local() void {} }.local; } }
pub extern "c" var environ: [*:null]?[*:0]u8;
pub fn main() !void { const std2 = @import("std"); _ = @import("sub/other.zig"); const S = struct { fn inside() void {} }; _ = S; }
test { _ = @import("tested.zig"); }
//! Not at the top.
