"""Lua for Gazetteer. Every `gaz` imports this, and so it imports nothing; what reads Lua is imported for the first file of it."""

from gazetteer.lang.language import Language

__all__ = ["LUA"]

LUA = Language(
    "lua", "Lua", (".lua",), shebangs=("lua", "luajit"), walker="gaz_lua.walker:walk", resolver="gaz_lua.resolve", line_comments=("--",),
    block_comments=(("--[[", "]]"),),
)  # fmt: skip
