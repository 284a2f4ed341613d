// What TypeScript's own parser says of files of JavaScript and TypeScript, in the form that comparing.py reads.
//
//     node typescript_oracle.cjs FOLDER_OF_TYPESCRIPT < names of files
//
// The compiler gives the tree; which of its nodes are declarations in Gazetteer's sense (the docstring of
// gazetteer/lang/javascript/walker.py says it) is written down here a second time, on that other tree.
'use strict';

const fs = require('node:fs');
const ts = require(process.argv[2]);
const { Source, isText } = require('./typescript_source.cjs');

const Kind = ts.SyntaxKind;
/** What calls at once the function of a module, or of a page. */
const DEFINING = new Set(['define', 'require', 'requirejs', '$', 'jQuery']);
/** What `define` gives that is no module of a file. */
const OF_DEFINE = new Set(['require', 'exports', 'module']);

const isFunction = (node) => node !== undefined && (ts.isFunctionExpression(node) || ts.isArrowFunction(node));
const isClass = (node) => node !== undefined && ts.isClassExpression(node);
const isAssignment = (node) => ts.isBinaryExpression(node) && node.operatorToken.kind === Kind.EqualsToken;
const isAccessor = (node) => ts.isGetAccessor(node) || ts.isSetAccessor(node);
/** `import.defer`, with which a module is asked for as with `import`. */
const isPhase = (node) => ts.isMetaProperty(node) && node.keywordToken === Kind.ImportKeyword;

/** Where declarations stand: below which symbol, and whether in a `module`, `namespace`, `block` or `function`. */
const scopeOf = (parent, inside) => ({ parent, inside });

class Reader extends Source {
  constructor(path, text) {
    super(path, text);
    /** Calls of `require` that a declaration has taken. */
    this.taken = new Set();
    /** Whether bodies of functions are left out: of `a.b = a.c = function …` the second name has none. */
    this.bodiless = false;
    /** Functions of the module by their symbols; names of those that are constructors, and what they inherit from. */
    this.functions = new Map();
    this.constructors = new Set();
    this.inherited = [];
  }

  read() {
    this.statements(this.source.statements, scopeOf(-1, 'module'));
    this.olderClasses();
    this.calls(this.source);
    for (const each of [...this.source.referencedFiles, ...this.source.typeReferenceDirectives, ...this.source.libReferenceDirectives]) {
      this.imports.push({ kind: 'import:reference', name: each.fileName, line: this.lineAt(each.pos) });
    }
  }

  // --- Statements

  statements(list, scope) {
    for (const each of list) this.statement(each, scope);
  }

  statement(node, scope) {
    switch (node.kind) {
      case Kind.FunctionDeclaration:
        return this.function(node, node, scope, node.name ?? this.keyword(node, Kind.DefaultKeyword));
      case Kind.ClassDeclaration:
        return this.class(node, node, scope, node.name ?? this.keyword(node, Kind.DefaultKeyword));
      case Kind.VariableStatement:
        return this.variables(node.declarationList, node, scope);
      case Kind.InterfaceDeclaration: {
        const index = this.add('interface', this.nameOf(node.name), node, scope.parent, node.name, { bases: this.bases(node), ...this.generic(node) });
        return node.members.forEach((each) => this.memberOfType(each, index));
      }
      case Kind.EnumDeclaration: {
        const index = this.add('enum', this.nameOf(node.name), node, scope.parent, node.name);
        return node.members.forEach((each) => this.add('enum_member', this.nameOf(each.name), each, index, each.name, this.valued(each)));
      }
      case Kind.TypeAliasDeclaration: {
        const index = this.add('type_alias', this.nameOf(node.name), node, scope.parent, node.name, { type: this.code(node.type), ...this.generic(node) });
        return this.membersOfType(node.type, index);
      }
      case Kind.ModuleDeclaration:
        return this.module(node, scope);
      case Kind.ImportEqualsDeclaration:
        if (ts.isExternalModuleReference(node.moduleReference)) return this.imported('require', node.moduleReference.expression, node);
        return scope.inside === 'function' ? undefined : this.add('type_alias', this.nameOf(node.name), node, scope.parent, node.name);
      case Kind.ImportDeclaration:
        return this.imported('import', node.moduleSpecifier, node);
      case Kind.ExportDeclaration:
        return this.imported('export', node.moduleSpecifier, node);
      case Kind.ExportAssignment:
        return this.exportedValue(node, scope);
      case Kind.ExpressionStatement:
        return scope.inside === 'function' ? undefined : this.expression(node, scope);
      default:
        return this.nested(node, scope);
    }
  }

  /** Statements within statements. */
  nested(node, scope) {
    const within = scopeOf(scope.parent, scope.inside === 'function' ? 'function' : 'block');
    switch (node.kind) {
      case Kind.Block:
        return this.statements(node.statements, within);
      case Kind.IfStatement:
        this.statement(node.thenStatement, within);
        return node.elseStatement && this.statement(node.elseStatement, within);
      case Kind.ForStatement:
      case Kind.ForInStatement:
      case Kind.ForOfStatement:
        if (node.initializer && ts.isVariableDeclarationList(node.initializer)) this.variables(node.initializer, node.initializer, within);
        return this.statement(node.statement, within);
      case Kind.WhileStatement:
      case Kind.DoStatement:
      case Kind.LabeledStatement:
        return this.statement(node.statement, within);
      case Kind.TryStatement:
        for (const block of [node.tryBlock, node.catchClause?.block, node.finallyBlock]) if (block) this.statements(block.statements, within);
        return undefined;
      case Kind.SwitchStatement:
        return node.caseBlock.clauses.forEach((clause) => this.statements(clause.statements, within));
      default:
        return undefined;
    }
  }

  module(node, scope) {
    const names = [node.name];
    let body = node.body;
    for (; body && ts.isModuleDeclaration(body); body = body.body) names.push(body.name);
    const kind = ts.isStringLiteral(node.name) ? 'module' : 'namespace';
    const index = this.add(kind, names.map((each) => this.nameOf(each)).join('.'), node, scope.parent, node.name);
    if (body) this.statements(body.statements, scopeOf(index, 'namespace'));
  }

  /** `export default …` of a value. */
  exportedValue(node, scope) {
    if (node.isExportEquals) return;
    const at = node.getChildren(this.source).find((each) => each.kind === Kind.DefaultKeyword);
    const value = node.expression;
    if (isFunction(value)) this.function(value, node, scope, at, { modifiers: this.modifiers(value) });
    else if (isClass(value)) this.class(value, node, scope, value.name ?? at, { modifiers: [] });
    else if (ts.isObjectLiteralExpression(value)) {
      this.held(value, scopeOf(this.add('constant', 'default', node, scope.parent, at, { modifiers: [] }), scope.inside));
    }
  }

  keyword(node, kind) {
    return node.modifiers?.find((each) => each.kind === kind);
  }

  // --- Functions and classes

  /** A function; `whole` are its lines, and `at` is its name. */
  function(node, whole, scope, at, { kind = 'function', ...facts } = {}) {
    if (at === undefined) return;
    if (!node.body) facts.role = 'declaration';
    facts.modifiers ??= whole === node ? this.modifiers(node) : [...this.modifiers(whole), ...this.modifiers(node)];
    const index = this.add(kind, this.nameOf(at), whole, scope.parent, at, { ...this.callable(node), bases: [], ...facts });
    if (scope.parent < 0) this.functions.set(index, node);
    if (!this.bodiless) this.body(node, scopeOf(index, 'function'));
  }

  /** The body of a function; of one that only gives another (`a => b => { … }`), that one's. */
  body(node, scope) {
    let body = node.body;
    while (body && ts.isArrowFunction(body)) body = body.body;
    if (body && ts.isBlock(body)) this.statements(body.statements, scope);
  }

  class(node, whole, scope, at, facts = {}) {
    if (at === undefined) return;
    facts.modifiers ??= whole === node ? this.modifiers(node) : [...this.modifiers(whole), ...this.modifiers(node)];
    const index = this.add('class', this.nameOf(at), whole, scope.parent, at, { bases: this.bases(node), ...this.generic(node), ...this.decorated(node), ...facts });
    const fields = node.members.filter(ts.isPropertyDeclaration).map((each) => this.nameOf(each.name));
    for (const member of node.members) this.member(member, index, new Set(fields));
  }

  member(node, parent, fields) {
    if (ts.isConstructorDeclaration(node)) {
      const at = node.getChildren(this.source).find((each) => each.kind === Kind.ConstructorKeyword || ts.isStringLiteral(each));
      const role = node.body ? '' : 'declaration';
      const index = this.add('constructor', 'constructor', node, parent, at, { ...this.callable(node), role });
      for (const each of node.parameters) if (this.modifiers(each).length > 0) this.add('field', this.nameOf(each.name), each, parent, each.name, this.valued(each));
      if (node.body && this.script) this.assignedFields(node.body, parent, fields);
      this.body(node, scopeOf(index, 'function'));
    } else if (ts.isMethodDeclaration(node) || isAccessor(node)) {
      const role = node.body || this.modifiers(node).includes('abstract') ? '' : 'declaration';
      const kind = isAccessor(node) ? 'property' : 'method';
      const index = this.add(kind, this.nameOf(node.name), node, parent, node.name, { ...this.callable(node), ...this.decorated(node), role });
      this.body(node, scopeOf(index, 'function'));
    } else if (ts.isPropertyDeclaration(node)) {
      this.add('field', this.nameOf(node.name), node, parent, node.name, { ...this.valued(node), ...this.decorated(node) });
    } else if (ts.isClassStaticBlockDeclaration(node)) this.statements(node.body.statements, scopeOf(parent, 'function'));
  }

  /** `this.name = value` among the statements of a constructor: the fields that the class does not declare (they are in `fields`). */
  assignedFields(node, parent, fields) {
    const go = (each) => each && this.assignedFields(each, parent, fields);
    if (isAssignment(node)) {
      const { left, right } = node;
      const own = ts.isPropertyAccessExpression(left) && left.expression.kind === Kind.ThisKeyword && ts.isIdentifier(left.name);
      if (own && !fields.has(this.nameOf(left.name))) {
        fields.add(this.nameOf(left.name));
        this.add('field', this.nameOf(left.name), node, parent, left.name);
      }
      if (isAssignment(right)) go(right);
    } else if (ts.isBinaryExpression(node) && node.operatorToken.kind === Kind.CommaToken) [node.left, node.right].forEach(go);
    else if (ts.isBlock(node)) node.statements.forEach(go);
    else if (ts.isExpressionStatement(node) || ts.isParenthesizedExpression(node)) go(node.expression);
    else if (ts.isIfStatement(node)) [node.expression, node.thenStatement, node.elseStatement].forEach(go);
    else if (ts.isTryStatement(node)) [node.tryBlock, node.catchClause?.block, node.finallyBlock].forEach(go);
  }

  /** A member of an interface, or of an alias of a type. */
  memberOfType(node, parent) {
    if (ts.isPropertySignature(node)) this.add('field', this.nameOf(node.name), node, parent, node.name, this.valued(node));
    else if (ts.isConstructSignatureDeclaration(node)) this.add('constructor', 'new', node, parent, node, this.callable(node));
    else if (ts.isMethodSignature(node) || isAccessor(node)) {
      const kind = isAccessor(node) ? 'property' : 'method';
      this.add(kind, this.nameOf(node.name), node, parent, node.name, this.callable(node));
    }
  }

  membersOfType(type, parent) {
    if (ts.isTypeLiteralNode(type)) type.members.forEach((each) => this.memberOfType(each, parent));
    else if (ts.isIntersectionTypeNode(type)) type.types.forEach((each) => this.membersOfType(each, parent));
    else if (ts.isParenthesizedTypeNode(type)) this.membersOfType(type.type, parent);
  }

  // --- Variables, and what objects hold

  variables(list, whole, scope) {
    const constant = (list.flags & (ts.NodeFlags.Const | ts.NodeFlags.Using)) !== 0;
    if (scope.inside === 'block' && (list.flags & ts.NodeFlags.BlockScoped) !== 0) return; // known in the block alone
    const modifiers = whole === list ? [] : this.modifiers(whole);
    for (const each of list.declarations) {
      let value = each.initializer;
      while (value && isAssignment(value)) value = value.right;
      if (scope.inside === 'function' && !isFunction(value) && !isClass(value)) continue;
      if (value && this.required(value, each)) continue;
      const where = list.declarations.length === 1 ? whole : each;
      if (value && ts.isIdentifier(each.name) && (isFunction(value) || isClass(value))) this.namedValue(each.name, value, where, scope, modifiers);
      else this.bindings(each, value, where, scope, { kind: constant ? 'constant' : 'variable', modifiers });
    }
  }

  /** A function or a class that a variable holds. */
  namedValue(at, value, where, scope, modifiers) {
    if (scope.inside !== 'function') {
      if (isClass(value)) this.class(value, where, scope, at, { modifiers });
      else this.function(value, where, scope, at, { modifiers: [...modifiers, ...this.modifiers(value)] });
    } else if (isFunction(value)) this.body(value, scope);
  }

  bindings({ name: pattern, type }, value, where, scope, { kind, modifiers }) {
    for (const at of this.namesIn(pattern)) {
      const whole = at === pattern ? value : undefined;
      const index = this.add(kind, this.nameOf(at), where, scope.parent, at, { modifiers, type: this.codeOf(type), value: this.codeOf(whole) });
      if (at !== pattern || value === undefined) continue;
      this.held(value, scopeOf(index, scope.inside));
      let called = value;
      while (ts.isParenthesizedExpression(called) || ts.isAwaitExpression(called) || ts.isCallExpression(called)) called = called.expression;
      if (isFunction(called)) this.body(called, scopeOf(index, 'function'));
    }
  }

  namesIn(pattern) {
    if (ts.isIdentifier(pattern)) return [pattern];
    return pattern.elements.filter((each) => !ts.isOmittedExpression(each)).flatMap((each) => this.namesIn(each.name));
  }

  /** Whether a value is `require("x")`, or a member of that: then it is an import. */
  required(value, node) {
    const call = ts.isPropertyAccessExpression(value) ? value.expression : value;
    if (!ts.isCallExpression(call) || !ts.isIdentifier(call.expression) || call.expression.text !== 'require') return false;
    if (call.arguments.length !== 1 || !isText(call.arguments[0])) return false;
    this.taken.add(call);
    this.imported('require', call.arguments[0], node);
    return true;
  }

  /** The functions and classes that an object holds. */
  held(value, scope, facts = {}) {
    let object = value;
    while (ts.isAsExpression(object) || ts.isSatisfiesExpression(object) || ts.isParenthesizedExpression(object)) object = object.expression;
    if (!ts.isObjectLiteralExpression(object)) return;
    for (const each of object.properties) {
      if (ts.isMethodDeclaration(each) || isAccessor(each)) {
        this.function(each, each, scope, each.name, { kind: isAccessor(each) ? 'property' : 'method', ...facts });
      } else if (ts.isPropertyAssignment(each) && !ts.isComputedPropertyName(each.name)) {
        const of = each.initializer;
        if (isFunction(of)) this.function(of, each, scope, each.name, { kind: 'method', modifiers: this.modifiers(of), ...facts });
        else if (isClass(of)) this.class(of, each, scope, each.name, { modifiers: [] });
      }
    }
  }

  // --- Expressions of the module

  expression(statement, scope) {
    let inner = statement.expression;
    while (ts.isPrefixUnaryExpression(inner) || ts.isParenthesizedExpression(inner) || ts.isAwaitExpression(inner) || ts.isVoidExpression(inner)) {
      inner = inner.operand ?? inner.expression;
    }
    if (ts.isCallExpression(inner)) this.call(inner, scope);
    else if (isAssignment(inner)) this.assignment(inner, statement, scope);
  }

  /** A call of a function at once, of what defines a module, of what adds methods to a prototype. */
  call(node, scope) {
    let called = node.expression;
    if (ts.isPropertyAccessExpression(called) && called.name.text === 'ready' && ts.isCallExpression(called.expression)) called = called.expression.expression;
    while (ts.isParenthesizedExpression(called) || ts.isPropertyAccessExpression(called)) called = called.expression;
    const given = node.arguments;
    this.inheritance(node);
    if (given.length > 1 && ts.isPropertyAccessExpression(given[0]) && given[0].name.text === 'prototype') {
      this.prototype(this.squeezed(given[0].expression), given.at(-1), scope);
    } else if (isFunction(called) || (ts.isIdentifier(called) && DEFINING.has(called.text))) {
      for (const each of given.slice(0, 2).find(ts.isArrayLiteralExpression)?.elements ?? []) {
        if (ts.isStringLiteral(each) && !OF_DEFINE.has(each.text)) this.imported('require', each, each);
      }
      for (const each of [called, ...given]) if (isFunction(each)) this.body(each, scope);
    }
  }

  assignment(node, statement, scope) {
    const targets = [];
    let value = node;
    for (; isAssignment(value); value = value.right) targets.push(value.left);
    const whole = targets.find((each) => this.squeezed(each) === 'module.exports');
    if (whole !== undefined) return this.moduleExports(value, statement, scope, whole.name);
    return targets.filter(ts.isPropertyAccessExpression).forEach((each, i) => {
      this.bodiless = i > 0;
      this.memberAssigned(each, value, statement, scope);
      this.bodiless = false;
    });
  }

  /** `owner.name = value` */
  memberAssigned(target, value, statement, scope) {
    const owner = this.squeezed(target.expression);
    if (owner === 'exports' || owner === 'module.exports') {
      if (this.written(value) !== 'void 0') this.bound(target.name, value, statement, scope); // which compilers write before all
    } else if (target.name.text === 'prototype') this.prototype(owner, value, scope);
    else if (owner.endsWith('.prototype')) {
      const name = owner.slice(0, -'.prototype'.length);
      this.constructors.add(name);
      if (target.name.text === '__proto__') this.inherits(name, this.prototypeOf(value));
      if (!isFunction(value)) return;
      const { parent, scope: before } = this.ownerOf(name);
      this.function(value, statement, scopeOf(parent, scope.inside), target.name, { kind: 'method', scope: before, modifiers: this.modifiers(value) });
    } else if (this.known.has(owner) && isFunction(value)) {
      const parent = this.known.get(owner);
      const kind = this.symbols[parent].kind === 'class' ? 'method' : 'function';
      this.function(value, statement, scopeOf(parent, scope.inside), target.name, { kind, modifiers: ['static', ...this.modifiers(value)] });
    } else if (this.known.has(owner) && isClass(value)) {
      this.class(value, statement, scopeOf(this.known.get(owner), scope.inside), target.name, { modifiers: ['static'] });
    }
  }

  ownerOf(name) {
    return this.known.has(name) ? { parent: this.known.get(name), scope: '' } : { parent: -1, scope: name };
  }

  /** The methods of an object that is a prototype, or that a call puts there: the last that is given to it. */
  prototype(owner, value, scope) {
    const { parent, scope: before } = this.ownerOf(owner);
    this.constructors.add(owner);
    this.madeOf(owner, value);
    const object = ts.isCallExpression(value) && value.arguments.length > 0 ? value.arguments.at(-1) : value;
    this.held(object, scopeOf(parent, scope.inside), { scope: before });
  }

  moduleExports(value, statement, scope, at) {
    if (isFunction(value)) return this.function(value, statement, scope, value.name ?? at, { modifiers: this.modifiers(value) });
    if (isClass(value)) return this.class(value, statement, scope, value.name ?? at, { modifiers: [] });
    for (const each of ts.isObjectLiteralExpression(value) ? value.properties : []) {
      if (ts.isMethodDeclaration(each) || isAccessor(each)) {
        this.function(each, each, scope, each.name, { kind: isAccessor(each) ? 'property' : 'function' });
      } else if (ts.isPropertyAssignment(each)) this.bound(each.name, each.initializer, each, scope);
    }
    return undefined;
  }

  /** A value that is exported under a name. */
  bound(at, value, where, scope) {
    if (this.written(value) === this.written(at)) return;
    if (isFunction(value)) this.function(value, where, scope, at, { modifiers: this.modifiers(value) });
    else if (isClass(value)) this.class(value, where, scope, at, { modifiers: [] });
    else if (!this.required(value, where)) {
      this.held(value, scopeOf(this.add('variable', this.nameOf(at), where, scope.parent, at, { modifiers: [] }), scope.inside));
    }
  }

  // --- Classes as they were before there was the word: functions whose prototype is given something

  prototypeOf(node) {
    return ts.isPropertyAccessExpression(node) && node.name.text === 'prototype' ? node.expression : undefined;
  }

  inherits(owner, base) {
    if (base === undefined || !(ts.isIdentifier(base) || ts.isPropertyAccessExpression(base))) return;
    this.constructors.add(owner);
    if (!['Object', owner].includes(this.code(base))) this.inherited.push({ owner, base: this.code(base) });
  }

  /** `util.inherits(A, B)`, `Object.setPrototypeOf(A.prototype, B.prototype)` */
  inheritance(node) {
    const name = ts.isPropertyAccessExpression(node.expression) ? node.expression.name.text : this.written(node.expression);
    if (node.arguments.length !== 2) return;
    const [owner, base] = node.arguments;
    if (name === 'inherits') this.inherits(this.squeezed(owner), base);
    else if (name === 'setPrototypeOf') {
      const of = this.prototypeOf(owner);
      if (of !== undefined) this.inherits(this.squeezed(of), this.prototypeOf(base));
    }
  }

  /** `Object.create(B.prototype)` or `new B`, upon which others may be put. */
  madeOf(owner, value) {
    let made = value;
    while (ts.isCallExpression(made) && made.arguments.length > 0) {
      if (this.squeezed(made.expression) === 'Object.create') return this.inherits(owner, this.prototypeOf(made.arguments[0]));
      made = made.arguments[0];
    }
    return ts.isNewExpression(made) ? this.inherits(owner, made.expression) : undefined;
  }

  olderClasses() {
    for (const { owner, base } of this.inherited) {
      const index = this.known.get(owner);
      const bases = this.functions.has(index) ? this.symbols[index].bases : [];
      if (!bases.includes(`extends ${base}`)) bases.push(`extends ${base}`);
    }
    for (const owner of this.script ? this.constructors : []) {
      const index = this.known.get(owner);
      const body = this.functions.get(index)?.body;
      if (body !== undefined) this.assignedFields(body, index, new Set());
    }
  }

  // --- Imports anywhere

  calls(node) {
    if (ts.isCallExpression(node) && node.arguments.length > 0 && !this.taken.has(node)) {
      if (node.expression.kind === Kind.ImportKeyword || isPhase(node.expression)) this.imported('import', node.arguments[0], node);
      else if (ts.isIdentifier(node.expression) && node.expression.text === 'require') this.imported('require', node.arguments[0], node);
    } else if (ts.isImportTypeNode(node) && ts.isLiteralTypeNode(node.argument)) this.imported('import', node.argument.literal, node);
    ts.forEachChild(node, (each) => this.calls(each));
  }
}

for (const file of fs.readFileSync(0, 'utf8').split('\n').filter(Boolean)) {
  const reader = new Reader(file, fs.readFileSync(file, 'utf8'));
  reader.read();
  for (const row of [{ file, problem: reader.problem }, ...reader.rows()]) process.stdout.write(`${JSON.stringify(row)}\n`);
}
