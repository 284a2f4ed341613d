#!/usr/bin/env node
/**
 * @fileoverview Sells things; class Fake { no() {} } is prose.
 */
"use strict";
import base, { one, two as deux } from "./base.js";
import * as everything from "../all";
import fs from "node:fs";
import "./effects";
export * from "./again";
export * as named from './named';
export { x, y as z, default } from "package/sub";

const path = require("path");
const { join, sep: separator } = require("./paths"), lazy = require("./lazy").member;

/** How many at most. */
export const LIMIT = 10, MIN = 1;
let counter = 0, { a, b: [c, ...d], e = 1 } = base;
var old;
const text = `class Template { ${one} function no() {} }`;
const pattern = /class Regex {}/;
const arrow = async (x, { y }, ...rest) => { const local = 1; function inArrow() {} };
export const bound = function* named() {};
const Klass = class Hidden extends base.Thing { m() {} };

/**
 * A shop.
 */
export default class Shop extends mixin(Base) {
  #secret = 1;
  static count = 0;
  field;
  handler = () => { class InHandler {} };
  'quoted name' = 2;
  constructor(name) {
    super();
    this.name = name;
    function helper() {}
  }
  get value() { return "class InString {}"; }
  set value(v) {}
  static make() {}
  async *stream() {}
  #hidden() {}
  [Symbol.iterator]() {}
  static { const inStatic = 1; }
}

// function commented() {}
function plain(a, b = 1) {
  if (a) {
    function nested() { class Deep { method() {} } }
  }
  const local = () => {};
  return import("./dynamic.js");
}
async function later() { const inside = require("./inside"); }
function* generate() {}
export { counter, plain as renamed };

(function () {
  function inCalled() {}
})();
(() => { var alsoInCalled = 1; })();

function Old() {}
Old.prototype.method = function () {};
Old.make = function () {};
Foreign.prototype.method = function () {};

exports.first = function (a) {};
exports.second = 2;
module.exports.third = class Third {};
exports.plain = plain;

<div onClick={() => { function inJsx() {} }}>class Word {"function no() {}"}</div>;
if (LIMIT) {
  const inBlock = 1;
  var hoisted = require("./conditional"), also = 2;
  function declaredInBlock() {}
}
