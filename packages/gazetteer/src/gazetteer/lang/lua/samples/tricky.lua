local a, b <const>, c = 1, 2
local function f(...) local g = function() end return g end
function M:n() self.x, self.y = 1, 2; self.x = 3; self["z"] = 1 end
M = M or {}
M.a.b.c = function() end
M["quoted"] = function() end
M.q = M.q or 1
package.path = "x"
string.trim = function(s) return s end
local t = setmetatable({}, { __index = function(_, k) return k end, __call = M })
t.x = 1; t.y = { z = 2 }; t[1] = 3
local long = [==[
function no() ]] end
]==]
--[==[ function neither() end ]==] function yes() end
-- Not of the next.

local lonely = 1
--- Of the next.
local documented = 2 -- behind
describe("suite", function()
  local inner = 1
  local function helper() end
  it("case", function() function global() end end)
  require("in.function")
end)
return { name = "x", run = function() end, [1] = 2, ["s"] = function() function hid() end end }
