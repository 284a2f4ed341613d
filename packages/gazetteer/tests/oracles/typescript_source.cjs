// A file of JavaScript or TypeScript as TypeScript's own parser has read it: texts, lines, and the symbols that are noted of it.
'use strict';

const ts = require(process.argv[2]);

const Kind = ts.SyntaxKind;
const MODIFIERS = new Set(['static', 'async', 'abstract', 'readonly', 'override', 'declare', 'accessor']);
const ACCESS = new Set(['public', 'private', 'protected']);

const isText = (node) => node !== undefined && (ts.isStringLiteral(node) || ts.isNoSubstitutionTemplateLiteral(node));

class Source {
  constructor(path, text) {
    this.text = text;
    this.script = /\.[cm]?jsx?$/.test(path);
    const kind = this.script ? ts.ScriptKind.JSX : path.endsWith('.tsx') ? ts.ScriptKind.TSX : ts.ScriptKind.TS;
    this.source = ts.createSourceFile(path, text, { languageVersion: ts.ScriptTarget.Latest, jsDocParsingMode: 0 }, true, kind);
    this.newlines = [];
    for (let at = text.indexOf('\n'); at >= 0; at = text.indexOf('\n', at + 1)) this.newlines.push(at);
    this.symbols = [];
    this.imports = [];
    /** Symbols of the module by name. */
    this.known = new Map();
  }

  get problem() {
    const first = this.source.parseDiagnostics[0];
    return first === undefined ? '' : `line ${this.lineAt(first.start)}: ${ts.flattenDiagnosticMessageText(first.messageText, ' ')}`;
  }

  rows() {
    const names = [];
    const rows = this.symbols.map(({ parent, scope, name, ...rest }) => {
      const own = scope ? `${scope}.${name}` : name;
      names.push(parent < 0 ? own : `${names[parent]}.${own}`);
      return { ...rest, name: names.at(-1) };
    });
    return [...rows, ...this.imports];
  }

  // --- Text and lines

  /** Lines end at line feeds alone, as in editors. */
  lineAt(position) {
    let low = 0;
    let high = this.newlines.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.newlines[middle] < position) low = middle + 1;
      else high = middle;
    }
    return low + 1;
  }

  lineOf(node) {
    return this.lineAt(node.getStart(this.source));
  }

  written(node) {
    return this.text.slice(node.getStart(this.source), node.end);
  }

  squeezed(node) {
    return this.written(node).replace(/\s+/g, '');
  }

  /** The text of a node without comments and white space. */
  code(node) {
    const scanner = ts.createScanner(ts.ScriptTarget.Latest, true, this.source.languageVariant, this.written(node));
    let found = '';
    while (scanner.scan() !== Kind.EndOfFileToken) found += scanner.getTokenText();
    return found.replace(/\s+/g, '');
  }

  nameOf(node) {
    return isText(node) ? this.written(node).slice(1, -1) : this.code(node);
  }

  modifiers(node) {
    const found = ts.canHaveModifiers(node) ? ts.getModifiers(node) : undefined;
    return (found ?? []).map((each) => ts.tokenToString(each.kind));
  }

  parameters(node) {
    return node.parameters.map((each) => (this.written(each.name) + (each.questionToken ? '?' : '')).replace(/\s+/g, ''));
  }

  codeOf(node) {
    return node === undefined ? '' : this.code(node);
  }

  generic(node) {
    const found = node.typeParameters;
    return { type_parameters: found === undefined ? '' : `<${found.map((each) => this.code(each)).join()}${found.hasTrailingComma ? ',' : ''}>` };
  }

  /** What a function takes and gives. */
  callable(node) {
    const given = node.parameters;
    return {
      parameters: this.parameters(node),
      parameter_types: given.map((each) => this.codeOf(each.type)),
      defaults: given.map((each) => this.codeOf(each.initializer)),
      variadic: given.map((each) => each.dotDotDotToken !== undefined),
      type: this.codeOf(node.type),
      ...this.generic(node),
    };
  }

  valued(node) {
    return { type: this.codeOf(node.type), value: this.codeOf(node.initializer) };
  }

  decorated(node) {
    return { decorators: (ts.getDecorators(node) ?? []).map((each) => this.code(each).slice(1)) };
  }

  bases(node) {
    const how = (clause) => (clause.token === Kind.ExtendsKeyword ? 'extends' : 'implements');
    return (node.heritageClauses ?? []).flatMap((clause) => clause.types.map((type) => `${how(clause)} ${this.code(type)}`));
  }

  docLine(node) {
    const found = this.comment(node);
    return found === undefined ? 0 : this.lineAt(found.pos);
  }

  docWords(node) {
    const found = this.comment(node);
    return this.text.slice(found.pos, found.end).replace(/[^\p{L}\p{N}]+/gu, '').slice(0, 2000);
  }

  /** The last JSDoc comment of a declaration, which stands before the statement around it. */
  comment(node) {
    let at = node;
    while (at !== undefined && !at.jsDoc?.length) {
      const several = ts.isVariableDeclaration(at) && at.parent.declarations?.length > 1;
      const within = ts.isVariableDeclaration(at) || ts.isVariableDeclarationList(at) || (ts.isBinaryExpression(at) && ts.isExpressionStatement(at.parent));
      if (several || !within) return undefined;
      at = at.parent;
    }
    return at?.jsDoc.at(-1);
  }

  // --- Noting what is found

  /** Note a symbol: `node` are its lines, `at` is its name. */
  add(kind, name, node, parent, at = node, { modifiers = this.modifiers(node), ...facts } = {}) {
    const symbol = { kind, name, line: this.lineOf(at), end: this.lineAt(node.end - 1), first: this.lineOf(node), parent, ...facts };
    symbol.modifiers = modifiers.filter((each) => MODIFIERS.has(each)).sort();
    const access = at.kind === Kind.PrivateIdentifier ? 'private' : modifiers.find((each) => ACCESS.has(each));
    if (access !== undefined) symbol.visibility = access;
    const documented = this.docLine(node);
    if (documented > 0) Object.assign(symbol, { doc_line: documented, doc_words: this.docWords(node) });
    this.symbols.push(symbol);
    const index = this.symbols.length - 1;
    if (parent < 0 && !this.known.has(name)) this.known.set(name, index);
    return index;
  }

  imported(kind, target, node) {
    if (isText(target)) this.imports.push({ kind: `import:${kind}`, name: this.written(target).slice(1, -1), line: this.lineOf(node) });
  }
}

module.exports = { Source, isText };
