// Classes as they were before JavaScript had the word.
var util = require('util'), EventEmitter = require('events').EventEmitter;
util.inherits(Early, EventEmitter);
function Early(a) { EventEmitter.call(this); this.a = a; this.b = this.c = null; }
Early.prototype.on = function (name) { this.late = name; };
function Copied() { if (!(this instanceof Copied)) return new Copied(); this.x = 1; { this.y = 2; } }
Copied.prototype = Object.create(Early.prototype, { constructor: { value: Copied } });
var Named = module.exports = function Named() { this.n = 1; function inner() { this.not = 1; } };
Named.prototype = new Copied();
Named.prototype.m = function () {};
const Put = function () { this.p = (this.q = 1); };
Object.setPrototypeOf(Put.prototype, Named.prototype);
function Assigned() { this.s = 1, this.t = 2; try { this.u = 3; } catch (e) { this.v = 4; } }
Assigned.prototype = Object.assign(Object.create(Put.prototype), { m() {} });
function Proto() { if (this.k = 1, this.l) for (;;) { this.inLoop = 1; } }
Proto.prototype.__proto__ = Assigned.prototype;
function Nothing() { this.z = 1; }
Nothing.prototype = Object.create(null);
function Plain() { this.notOfAClass = 1; }
function Counted() { this.count = 0; }
Counted.prototype.limit = 3;
const arrow = () => { this.ofTheModule = 1; };
(function () { function Within() { this.w = 1; } inherits(Within, require('stream')); Within.prototype.m = function () {}; })();
goog.inherits(Unknown, Early);
Early.Sub = function () { this.sub = 1; };
Early.Sub.prototype.m = function () {};
