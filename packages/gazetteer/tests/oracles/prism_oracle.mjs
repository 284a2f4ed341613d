// What Prism, Ruby's own parser, says of files, in the form that comparing.py reads.
//
//     node prism_oracle.mjs FOLDER_OF_PRISM < names of files
import fs from 'node:fs';
import path from 'node:path';
import { pathToFileURL } from 'node:url';

const { loadPrism } = await import(pathToFileURL(path.join(process.argv[2], 'src/index.js')));
const parse = await loadPrism();

const ATTRIBUTES = new Set([
  'attr_accessor', 'attr_reader', 'attr_writer', 'attr', 'cattr_accessor', 'cattr_reader', 'cattr_writer', 'mattr_accessor',
  'mattr_reader', 'mattr_writer', 'thread_mattr_accessor', 'class_attribute',
]);
const MIXES = new Set(['include', 'extend', 'prepend']);
const REQUIRES = new Set(['require', 'require_relative', 'load', 'gem']);
/** What makes a class or a module that an assignment names. */
const MADE = { 'Struct.new': 'class', 'Data.define': 'class', 'Class.new': 'class', 'Module.new': 'module' };

const kindOf = (node) => node?.constructor.name.replace(/Node$/, '') ?? '';
const joined = (scope, name) => (scope ? `${scope}::${name}` : name);
const lastOf = (scope) => scope.split('::').at(-1);
const argumentsOf = (call) => call.arguments_?.arguments_ ?? [];

/** The nodes right below a node, in the order of the text. */
function children(node) {
  const found = Object.entries(node).filter(([key]) => key !== 'location' && !key.startsWith('#')).flatMap(([, value]) => value);
  return found.filter((each) => each?.location && each.nodeID !== undefined).sort((a, b) => a.location.startOffset - b.location.startOffset);
}

/** The value of a symbol or a string without interpolation. */
function literal(node) {
  return ['Symbol', 'String'].includes(kindOf(node)) ? node.unescaped.value : undefined;
}

class Reader {
  constructor(bytes) {
    this.bytes = bytes;
    this.starts = [0];
    for (let at = bytes.indexOf(10); at >= 0; at = bytes.indexOf(10, at + 1)) this.starts.push(at + 1);
    this.rows = [];
    /** What is listed where it is first given a value alone. */
    this.once = new Set();
    /** Assignments to `@name` in constructors: fields, where no attribute has given them. */
    this.assigned = [];
  }

  read(root) {
    this.walk(root, { scope: '', inside: '' });
    const known = new Set(this.rows.filter(({ kind }) => ['property', 'field'].includes(kind)).map(({ name }) => name));
    for (const { owner, name, at, location } of this.assigned) {
      if (known.has(joined(owner, name)) || known.has(joined(owner, name.slice(1)))) continue;
      known.add(joined(owner, name));
      this.add('field', joined(owner, name), location, at);
    }
  }

  // --- Text and lines

  text(node) {
    return node ? this.slice(node.location) : '';
  }

  slice(location) {
    return this.bytes.toString('utf8', location.startOffset, location.startOffset + location.length);
  }

  lineAt(offset) {
    let low = 0;
    let high = this.starts.length;
    while (high - low > 1) {
      const middle = (low + high) >> 1;
      if (this.starts[middle] <= offset) low = middle;
      else high = middle;
    }
    return low + 1;
  }

  /** A constant with its path, without comments and white space. */
  path(node) {
    return this.text(node).replace(/\s+/g, '');
  }

  add(kind, name, location, at = location, details = {}) {
    const end = this.lineAt(Math.max(location.startOffset + location.length - 1, location.startOffset));
    const row = { kind, name, line: this.lineAt(at.startOffset), end, first: this.lineAt(location.startOffset), ...details };
    this.rows.push(row);
    return row;
  }

  addOnce(kind, name, location, at) {
    if (this.once.has(`${kind} ${name}`)) return;
    this.once.add(`${kind} ${name}`);
    this.add(kind, name, location, at);
  }

  parameters(node) {
    const marks = { RestParameter: '*', KeywordRestParameter: '**', BlockParameter: '&' };
    const whole = { ForwardingParameter: '...', NoKeywordsParameter: '**nil' };
    if (!node) return [];
    return children(node).map((each) => whole[kindOf(each)] ?? (each.name || marks[kindOf(each)] || this.text(each)));
  }

  // --- Declarations

  /**
   * Read a node. `context`: `scope`, the name around it; `inside`, `class` or `module`; `row`, what is known of that; `method`, whether
   * the body of one is read; `fieldsOf`, the class whose constructor that is.
   */
  walk(node, context) {
    if (!node) return;
    switch (kindOf(node)) {
      case 'Class':
      case 'Module':
        return this.type(node, context);
      case 'SingletonClass':
        return this.singleton(node, context);
      case 'Def':
        return this.method(node, context);
      case 'AliasMethod': {
        const name = literal(node.newName);
        if (name !== undefined) this.add(context.inside ? 'method' : 'function', joined(context.scope, name), node.location, node.newName.location);
        return;
      }
      case 'ConstantWrite':
      case 'ConstantOrWrite':
      case 'ConstantPathWrite':
      case 'ConstantPathOrWrite':
        return this.constant(node, context);
      case 'MultiWrite':
        return this.several(node, context);
      case 'GlobalVariableWrite':
      case 'GlobalVariableOrWrite':
        if (!context.method) this.addOnce('variable', node.name, node.location, node.nameLoc);
        return this.walk(node.value, context);
      case 'ClassVariableWrite':
      case 'ClassVariableOrWrite':
        if (!context.method && context.inside) this.addOnce('field', joined(context.scope, node.name), node.location, node.nameLoc);
        return this.walk(node.value, context);
      case 'InstanceVariableWrite':
      case 'InstanceVariableOrWrite':
      case 'InstanceVariableOperatorWrite':
      case 'InstanceVariableAndWrite':
        this.instanceVariable(node.name, node.nameLoc, node.location, context);
        return this.walk(node.value, context);
      case 'Call':
        return this.call(node, context);
      default:
        return this.all(children(node), context);
    }
  }

  all(nodes, context) {
    for (const each of nodes) this.walk(each, context);
  }

  /** The last part of a path, and the whole name: `::Top` is in nothing. */
  named(node, context) {
    const written = this.path(node);
    const at = node.nameLoc ?? node.location;
    return written.startsWith('::') ? { name: written.slice(2), at } : { name: joined(context.scope, written), at };
  }

  type(node, context) {
    const { name, at } = this.named(node.constantPath, context);
    const kind = kindOf(node) === 'Class' ? 'class' : 'module';
    const base = node.superclass;
    const row = this.add(kind, name, node.location, at, { bases: base ? [`extends ${this.text(base)}`] : [] });
    if (base && ['Struct.new', 'Data.define'].includes(this.called(base))) this.structFields(base, name);
    if (base) this.walk(base, context);
    this.walk(node.body, { scope: name, inside: kind, row });
  }

  /** `class << self`, or that of another object, which may be made there. */
  singleton(node, context) {
    this.walk(node.expression, context);
    let { scope } = context;
    const of = node.expression;
    const made = kindOf(of) === 'Parentheses' && kindOf(of.body?.body[0]) === 'ConstantWrite' ? of.body.body[0].name : '';
    const own = kindOf(of) === 'Self' || this.text(of) === lastOf(scope);
    if (made || !own) scope = joined(scope, made || this.text(of));
    const mixed = own && context.row ? { row: context.row, included: 'extend' } : { row: undefined };
    this.walk(node.body, { ...context, scope, method: false, inside: context.inside || 'class', ...mixed });
  }

  method(node, context) {
    const { name, receiver } = node;
    let { scope } = context;
    const of = receiver ? this.text(receiver).replace(/^\((.*)\)$/s, '$1') : 'self';
    if (of !== 'self' && of !== lastOf(scope)) scope = joined(scope, of);
    const constructs = name === 'initialize' && context.inside && !receiver;
    const kind = constructs ? 'constructor' : context.inside || receiver ? 'method' : 'function';
    this.add(kind, joined(scope, name), node.location, node.nameLoc, {
      parameters: this.parameters(node.parameters),
      defaults: node.parameters ? children(node.parameters).map((each) => this.text(each.value)) : [],
    });
    this.walk(node.body, { scope: joined(scope, name), inside: context.inside, method: true, fieldsOf: constructs ? context.scope : undefined });
  }

  called(node) {
    return kindOf(node) === 'Call' && node.receiver ? `${this.text(node.receiver).replace(/^::/, '')}.${node.name}` : '';
  }

  constant(node, context) {
    if (context.method) return this.walk(node.value, context);
    const target = node.target ?? node;
    const { name, at } = node.target ? this.named(target, context) : { name: joined(context.scope, node.name), at: node.nameLoc };
    const kind = kindOf(node).includes('Or') ? undefined : MADE[this.called(node.value)];
    if (kind === undefined) {
      this.add('constant', name, node.location, at, { value: this.text(node.value) });
      return this.walk(node.value, context);
    }
    const row = this.add(kind, name, node.location, at);
    if (/^(Struct|Data)\./.test(this.called(node.value))) this.structFields(node.value, name);
    return kindOf(node.value.block) === 'Block' ? this.walk(node.value.block.body, { scope: name, inside: kind, row }) : undefined;
  }

  structFields(call, owner) {
    for (const each of argumentsOf(call)) {
      if (kindOf(each) === 'Symbol') this.add('field', joined(owner, literal(each)), each.location);
    }
  }

  /** `A, B = 1, 2` */
  several(node, context) {
    for (const each of this.targets([...node.lefts, node.rest, ...node.rights])) {
      const kind = kindOf(each);
      if (kind === 'InstanceVariableTarget') this.instanceVariable(each.name, each.location, node.location, context);
      if (context.method) continue;
      if (kind === 'ConstantTarget') this.add('constant', joined(context.scope, each.name), node.location, each.location);
      else if (kind === 'ConstantPathTarget') this.add('constant', this.named(each, context).name, node.location, each.nameLoc);
      else if (kind === 'GlobalVariableTarget') this.addOnce('variable', each.name, node.location, each.location);
      else if (kind === 'ClassVariableTarget') this.addOnce('field', joined(context.scope, each.name), node.location, each.location);
    }
    this.walk(node.value, context);
  }

  targets(nodes) {
    return nodes.filter(Boolean).flatMap((each) => {
      if (kindOf(each) === 'MultiTarget') return this.targets([...each.lefts, each.rest, ...each.rights]);
      return kindOf(each) === 'Splat' ? this.targets([each.expression]) : [each];
    });
  }

  instanceVariable(name, at, location, context) {
    if (context.fieldsOf !== undefined) this.assigned.push({ owner: context.fieldsOf, name, at, location });
  }

  // --- Calls that declare

  call(node, context) {
    const given = argumentsOf(node);
    const kernel = !node.receiver || ['Kernel', '::Kernel'].includes(this.text(node.receiver));
    if (kernel && ((REQUIRES.has(node.name) && given.length > 0) || (node.name === 'autoload' && given.length === 2))) {
      const file = given[node.name === 'autoload' ? 1 : 0];
      const name = kindOf(file) === 'String' ? literal(file) : this.text(file);
      this.rows.push({ kind: `import:${node.name}`, name, line: this.lineAt(node.location.startOffset) });
      return node.name === 'autoload' ? undefined : this.all(children(node), context);
    }
    const own = !node.receiver || kindOf(node.receiver) === 'Self';
    if (own && !context.method && this.declares(node, given, context)) return undefined;
    this.walk(node.receiver, context);
    this.all(given, context);
    return MADE[this.called(node)] ? undefined : this.walk(node.block, context); // members of what has no name are not listed
  }

  /** Whether a call of a method of the class declares something that is all there is to read. */
  declares(node, given, context) {
    const first = literal(given[0]);
    if (ATTRIBUTES.has(node.name)) {
      for (const each of this.listed(given)) {
        if (literal(each) !== undefined) this.add('property', joined(context.scope, literal(each)), node.location, each.location);
      }
      return true;
    }
    if (node.name === 'alias_method' && given.length === 2 && first !== undefined) {
      this.add(context.inside ? 'method' : 'function', joined(context.scope, first), node.location, given[0].location);
      return true;
    }
    if (['define_method', 'define_singleton_method'].includes(node.name) && context.inside && first !== undefined) {
      this.add('method', joined(context.scope, first), node.location, given[0].location);
      this.walk(node.block, { ...context, scope: joined(context.scope, first), method: true });
      return true;
    }
    if (MIXES.has(node.name) && context.row?.bases) {
      const how = node.name === 'include' ? context.included ?? 'include' : node.name;
      context.row.bases.push(...given.filter((each) => /^Constant(Read|Path)$/.test(kindOf(each))).map((each) => `${how} ${this.path(each)}`));
    }
    return false;
  }

  /** The arguments, and what lists among them hold. */
  listed(nodes) {
    return nodes.flatMap((each) => {
      if (kindOf(each) === 'Splat') return this.listed([each.expression]);
      return kindOf(each) === 'Array' ? this.listed(each.elements) : [each];
    });
  }
}

for (const file of fs.readFileSync(0, 'utf8').split('\n').filter(Boolean)) {
  const bytes = fs.readFileSync(file);
  const text = bytes.toString('utf8');
  const reader = new Reader(bytes);
  let problem = Buffer.compare(Buffer.from(text), bytes) === 0 ? '' : 'not UTF-8';
  if (!problem) {
    const { value, errors } = parse(text);
    problem = errors.length > 0 ? `line ${reader.lineAt(errors[0].location.startOffset)}: ${errors[0].message}` : '';
    if (!problem) reader.read(value);
  }
  for (const row of [{ file, problem }, ...reader.rows]) process.stdout.write(`${JSON.stringify(row)}\n`);
}
