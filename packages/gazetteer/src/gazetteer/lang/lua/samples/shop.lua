#!/usr/bin/env lua
--- A shop: function none() end.
-- It sells.
-- @module shop

local json = require("json")
local till, other = require "shop.till", require('shop.other')
local lpeg <const> = require [[lpeg]]

local Shop = {}
Shop.__index = Shop

--- How many it has.
Shop.LIMIT = 10
Shop.names = { "a", "b" }

local M = {
  version = "1.0",
  open = function(hour) return hour end,
  ["quoted"] = 1,
  nested = { deep = 1, run = function() end },
  10,
}

--- Makes one.
-- @param name what it is called
function Shop.new(name, ...)
  local self = setmetatable({}, Shop)
  self.name = name
  self.count = 0
  self.deep.inner = 1
  local function helper(x) return x end
  return self
end

function Shop:sell(what)
  self.count = self.count + 1
  self.last = what
  function global_inside() end
end

Shop.cancel = function(self, why) end
Shop.inner = {}
function Shop.inner.deep.call() end

local function hidden(a, b) end

local lambda = function(x) return x end

--[[ A block
function not_me() end
]]
--[==[
local neither = 1
]==]
MAXIMUM = 3
counter, other_counter = 0, 1
local text = [[
function fake() end
local class = {}
]]
local attribute <close> = nil
if MAXIMUM > 2 then
  local late = require("late")
  function conditional() end
  LATE = 1
end
for i = 1, 3 do local inside = i end
do
  local function scoped() end
end
goto done
::done::
dofile("setup.lua")
loadfile("more.lua")
local ok, mod = pcall(require, "maybe")
require("shop.strings").install()
return M
