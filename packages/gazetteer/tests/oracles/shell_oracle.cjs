// What mvdan-sh, the parser of shfmt, says of shell scripts, in the form that comparing.py reads.
//
//     node shell_oracle.cjs FOLDER_OF_MVDAN_SH < names of files
'use strict';

const fs = require('node:fs');
const { syntax } = require(process.argv[2]);

const DECLARING = new Set(['export', 'readonly', 'declare', 'typeset']);
/** What is run for a value: what it declares is known in it alone. */
const WITHIN_WORDS = new Set(['CmdSubst', 'ProcSubst']);
const ALIAS = /^([\w.+!,@:-]+)=/;

const kindOf = (node) => syntax.NodeType(node);

/** The value of a word without expansions; undefined for one that has some. */
function valueOf(word) {
  let found = '';
  for (const part of word?.Parts ?? []) {
    const pieces = kindOf(part) === 'DblQuoted' ? part.Parts : [part];
    for (const piece of pieces) {
      if (!['Lit', 'SglQuoted'].includes(kindOf(piece))) return undefined;
      found += piece.Value;
    }
  }
  return found;
}

class Reader {
  constructor() {
    this.rows = [];
    /** Functions around what is being read. */
    this.around = [];
    /** Variables that have been named. */
    this.variables = new Map();
    /** How many substitutions are around what is being read. */
    this.substituted = 0;
  }

  add(kind, name, node, at, end = node.End()) {
    const row = { kind, name: [...this.around, name].join('.'), line: at.Pos().Line(), end: end.Line(), first: node.Pos().Line() };
    this.rows.push(row);
    return row;
  }

  read(file) {
    /** What has been entered: a function, a substitution, or anything else. */
    const entered = [];
    syntax.Walk(file, (node) => {
      if (node === null) {
        const left = entered.pop();
        if (left === 'function') this.around.pop();
        if (left === 'substitution') this.substituted -= 1;
        return true;
      }
      const kind = kindOf(node);
      const isFunction = kind === 'FuncDecl' && this.substituted === 0;
      if (isFunction) {
        this.add('function', node.Name.Value, node, node.Name);
        this.around.push(node.Name.Value);
      } else if (kind === 'CallExpr') this.call(node);
      else if (kind === 'DeclClause') this.declared(node);
      if (WITHIN_WORDS.has(kind)) this.substituted += 1;
      entered.push(isFunction ? 'function' : WITHIN_WORDS.has(kind) ? 'substitution' : '');
      return true;
    });
  }

  call(node) {
    if (node.Args.length === 0) {
      if (this.substituted > 0) return;
      for (const each of node.Assigns) if (!each.Index) this.variable(each.Name, node.Assigns.length === 1 ? node : each, false);
      return;
    }
    const [command, ...given] = node.Args;
    const word = valueOf(command);
    if (['source', '.'].includes(word) && given.length > 0) {
      this.rows.push({ kind: 'import:source', name: valueOf(given[0]) ?? '?', line: node.Pos().Line() });
    } else if (word === 'alias' && this.substituted === 0) {
      for (const each of given) {
        const first = each.Parts.length > 0 && kindOf(each.Parts[0]) === 'Lit' ? each.Parts[0].Value : '';
        const match = ALIAS.exec(first.replace(/\\(.)/g, '$1'));
        if (match) this.add('alias', match[1], each, each);
      }
    }
  }

  /** `export`, `readonly`, `declare` and `typeset`, but for those of functions and those that take back. */
  declared(node) {
    const word = node.Variant.Value;
    if (!DECLARING.has(word) || this.substituted > 0) return;
    const flags = node.Args.filter((each) => each.Naked && each.Value && !each.Name).map((each) => valueOf(each.Value) ?? '');
    const options = flags.filter((flag) => /^[-+]/.test(flag));
    if (options.some((flag) => /[fFp]/.test(flag) || (word === 'export' && /^-\w*n/.test(flag)))) return;
    const constant = word === 'readonly' || options.some((flag) => /^-\w*r/.test(flag));
    for (const each of node.Args) if (each.Name && !each.Index) this.variable(each.Name, node, constant);
  }

  /** A variable of the script, where it is first named; it is a constant if it is ever made one. */
  variable(at, node, constant) {
    if (this.around.length > 0) return;
    const row = this.variables.get(at.Value) ?? this.add('variable', at.Value, node, at);
    this.variables.set(at.Value, row);
    if (constant) row.kind = 'constant';
  }
}

for (const file of fs.readFileSync(0, 'utf8').split('\n').filter(Boolean)) {
  const reader = new Reader();
  let problem = '';
  try {
    reader.read(syntax.NewParser(syntax.KeepComments(true)).Parse(fs.readFileSync(file, 'utf8'), file));
  } catch (error) {
    problem = String(error.Error?.() ?? error) || 'not read';
  }
  for (const row of [{ file, problem }, ...reader.rows]) process.stdout.write(`${JSON.stringify(row)}\n`);
}
