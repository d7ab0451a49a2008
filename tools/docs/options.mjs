// Holds every option that a text of the sources names against the commands that can print the text:
//   node tools/docs/options.mjs     after `npm run build`; ends with 1 where a command has no such option
//
// "predict --scores" names its command. Any other option has to be one of each command that reaches the text: what a
// command reaches is followed through imports, from declaration to declaration.
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { PassThrough } from 'node:stream';
import ts from 'typescript';
import { trainerProgram } from '../../apps/trainer/dist/program.js';
import { evaluatorProgram } from '../../apps/evaluator/dist/program.js';
import { root, sources } from './error-codes.mjs';

const OPTION = /(?<![\w-]|var\()--[a-z][a-z-]*[a-z]/g;

/** Options of other programs. */
const FOREIGN = new Set(['--data-binary', '--expose-gc', '--experimental-wasm-relaxed-simd', '--ratio']);

/** Texts that a command reaches through its imports and never prints, by the start of their file's path. */
const NEVER_PRINTED = {
  // Starts a row of another command, to convert back.
  'apps/trainer/src/convert/': ['polytag-train convert'],
  'packages/datasets/src/formats/coco/write-coco.ts': ['polytag-train convert'],
  'packages/datasets/src/formats/csv/write-csv.ts': ['polytag-train convert'],
  'packages/datasets/src/formats/jsonl/write-jsonl.ts': ['polytag-train convert'],
  'packages/datasets/src/formats/label-studio/write-label-studio.ts': ['polytag-train convert'],
  // Says what "fit them again without it" means, and leaves its other half out.
  'apps/evaluator/src/scoring/flip-warning.ts': ['polytag-eval export', 'polytag-eval serve'],
  // Its pool comes as an option of its own.
  'apps/evaluator/src/bulk/image-list.ts': ['polytag-eval suggest'],
  // They decode no photographs, or take one that cannot be decoded for unlike all others.
  'packages/datasets/src/images/decode-image.ts': ['polytag-train prepare', 'polytag-eval benchmark'],
  // They write and read the file themselves, without logits.
  'packages/evaluation/src/score-files/': ['polytag-train fit'],
  // They set nothing.
  'packages/cli/src/config/set-option.ts': ['polytag-train init'],
  'packages/model/src/pretrained/agree-with-published.ts': ['polytag-train init'],
  // They train on one machine: `refuseMachines`.
  'packages/queue/src/': ['polytag-train label-issues', 'polytag-train tune'],
  'apps/trainer/src/rounds/share-jobs.ts': ['polytag-train label-issues', 'polytag-train tune'],
  // It goes on by itself, and says so: `runAgain`.
  'packages/training/src/fit/loop.ts': ['polytag-train label-issues'],
  'packages/training/src/lr-search/': ['polytag-train label-issues'],
  'packages/training/src/run-folder/': ['polytag-train label-issues'],
  'apps/trainer/src/folds/': ['polytag-train label-issues'],
  // It divides into the three parts of a data set.
  'apps/trainer/src/split/shares.ts': ['polytag-train prepare'],
};

const streams = { out: new PassThrough(), err: new PassThrough() };
/** Options by the words of a command: `polytag-train inspect data`. A command with commands below it has theirs too. */
const commands = new Map();
const collect = (command, words) => {
  const name = [...words, command.name()];
  const below = command.commands.flatMap((one) => [...collect(one, name)]);
  const own = new Set([...command.options.map(({ long }) => long), '--help', ...below]);
  commands.set(name.join(' '), own);
  return own;
};
for (const program of [trainerProgram(streams), evaluatorProgram(streams)]) collect(program, []);

/** Entry points of packages by their name: `@polytag/datasets/images`, and `#find-runtime` of the package that has it. */
const entries = new Map();
for (const name of readdirSync(join(root, 'packages'))) {
  const folder = join(root, 'packages', name);
  const manifest = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));
  for (const [key, target] of Object.entries(manifest.exports ?? {}))
    if (target['@polytag/source'])
      entries.set(manifest.name + key.slice(1), resolve(folder, target['@polytag/source']));
  for (const [key, target] of Object.entries(manifest.imports ?? {})) {
    const source =
      target['@polytag/source'] ?? target.node?.['@polytag/source'] ?? target.default?.['@polytag/source'];
    if (source) entries.set(`${folder}/${key}`, resolve(folder, source));
  }
}

function moduleOf(from, name) {
  if (name.startsWith('.')) return resolve(dirname(from), name.replace(/\.js$/, '.ts'));
  if (name.startsWith('#')) return entries.get(`${/^.*\/packages\/[^/]+/.exec(from)?.[0]}/${name}`);
  return entries.get(name);
}

/** What a file declares, what it takes from others and passes on. */
function parsed(path) {
  const tree = ts.createSourceFile(path, readFileSync(path, 'utf8'), ts.ScriptTarget.Latest, true);
  const file = { path, tree, declarations: new Map(), imports: new Map(), passed: [] };
  for (const statement of tree.statements) {
    if (ts.isImportDeclaration(statement)) readImport(statement, file);
    else if (ts.isExportDeclaration(statement)) readExport(statement, file);
    else
      for (const name of namesOf(statement))
        file.declarations.set(name, [...(file.declarations.get(name) ?? []), statement]);
  }
  return file;
}

function readImport({ importClause, moduleSpecifier }, { imports, path }) {
  if (importClause?.isTypeOnly) return;
  const from = moduleOf(path, moduleSpecifier.text);
  const named = importClause?.namedBindings;
  if (!from || !named) return;
  if (ts.isNamespaceImport(named)) imports.set(named.name.text, { from, name: '*' });
  else
    for (const { name, propertyName, isTypeOnly } of named.elements)
      if (!isTypeOnly) imports.set(name.text, { from, name: (propertyName ?? name).text });
}

function readExport({ isTypeOnly, moduleSpecifier, exportClause }, { passed, path }) {
  const from = moduleSpecifier && moduleOf(path, moduleSpecifier.text);
  if (isTypeOnly || !from) return;
  if (!exportClause || !ts.isNamedExports(exportClause)) passed.push({ from, name: '*', as: '*' });
  else
    for (const { name, propertyName, isTypeOnly: isType } of exportClause.elements)
      if (!isType) passed.push({ from, name: (propertyName ?? name).text, as: name.text });
}

/** The names that a statement declares; `` for one that only does something. */
function namesOf(statement) {
  if (ts.isVariableStatement(statement))
    return statement.declarationList.declarations.flatMap(({ name }) => boundNames(name));
  return [statement.name?.text ?? ''];
}

const boundNames = (name) =>
  ts.isIdentifier(name)
    ? [name.text]
    : name.elements.flatMap((one) => (one.name ? boundNames(one.name) : []));

const files = new Map([...sources()].map((path) => [path, parsed(path)]));

/** The declarations that a name of a module stands for, as `path#name`. */
function declared(path, name, seen = new Set()) {
  const file = files.get(path);
  if (!file || seen.has(`${path}#${name}`)) return [];
  seen.add(`${path}#${name}`);
  if (name === '*')
    return [
      ...[...file.declarations.keys()].map((own) => `${path}#${own}`),
      ...file.passed.flatMap((one) => declared(one.from, one.name, seen)),
    ];
  if (file.declarations.has(name)) return [`${path}#${name}`];
  return file.passed.flatMap((one) =>
    one.as === name
      ? declared(one.from, one.name, seen)
      : one.as === '*'
        ? declared(one.from, name, seen)
        : [],
  );
}

/** The declarations that one uses. */
const used = new Map();
function usedBy(key) {
  if (!used.has(key)) used.set(key, findUsed(key));
  return used.get(key);
}

function findUsed(key) {
  const [path, name] = key.split('#');
  const file = files.get(path);
  const found = new Set(file.declarations.has('') ? [`${path}#`] : []);
  const visit = (node) => {
    if (ts.isIdentifier(node)) {
      const given = file.imports.get(node.text);
      if (given) for (const one of declared(given.from, given.name)) found.add(one);
      else if (file.declarations.has(node.text)) found.add(`${path}#${node.text}`);
    } else if (ts.isCallExpression(node) && node.expression.kind === ts.SyntaxKind.ImportKeyword) {
      const [what] = node.arguments;
      const from = ts.isStringLiteral(what) && moduleOf(path, what.text);
      const target = node.parent?.parent;
      const names =
        target && ts.isVariableDeclaration(target) && ts.isObjectBindingPattern(target.name)
          ? target.name.elements.map((one) => (one.propertyName ?? one.name).text)
          : ['*'];
      if (from) for (const one of names.flatMap((each) => declared(from, each))) found.add(one);
    }
    if (!ts.isTypeNode(node)) ts.forEachChild(node, visit);
  };
  for (const statement of file.declarations.get(name) ?? []) visit(statement);
  return found;
}

/** The texts of a declaration that name options: text, line. What defines an option is none. */
function textsOf(key) {
  const [path, name] = key.split('#');
  const { tree, declarations } = files.get(path);
  const texts = [];
  const visit = (node) => {
    if (isDefinition(node)) return;
    const text = textOf(node);
    if (text === undefined) return void ts.forEachChild(node, visit);
    if (text.match(OPTION))
      texts.push({ text, line: tree.getLineAndCharacterOfPosition(node.getStart(tree)).line + 1 });
    // What is put into it may have texts of its own.
    if (ts.isTemplateExpression(node)) for (const { expression } of node.templateSpans) visit(expression);
  };
  for (const statement of declarations.get(name)) visit(statement);
  return texts;
}

function textOf(node) {
  if (ts.isStringLiteralLike(node)) return node.text;
  if (ts.isTemplateExpression(node))
    return node.head.text + node.templateSpans.map(({ literal }) => `…${literal.text}`).join('');
  if (!ts.isBinaryExpression(node) || node.operatorToken.kind !== ts.SyntaxKind.PlusToken) return undefined;
  const [left, right] = [node.left, node.right].map(textOf);
  return left === undefined || right === undefined ? undefined : left + right;
}

/** `new Option('--batch <n>', …)`, `.option('--batch <n>', …)`, `{ flags: '--batch <n>' }`: the texts beside it too. */
const isDefinition = (node) =>
  (ts.isStringLiteralLike(node) && /^(-\w, )?--[a-z-]+( [<[]|$)/.test(node.text)) ||
  (ts.isPropertyAssignment(node) && node.name.getText() === 'flags');

/** Commands by their last words: `jobs cancel`, `prepare json`, `fit`. */
const byWords = [...commands.keys()]
  .map((name) => ({ name, words: name.replace(/^polytag-(train|eval) ?/, '') }))
  .filter(({ words }) => words !== '')
  .sort((a, b) => b.words.length - a.words.length);

/** What stands between a command and its option: other options with their values, `with`, `have`, `…`. */
const BETWEEN = /^(?:(?:,| and) [a-z-]+)*(?: with| has| have| …)?(?: --[a-z-]+(?: (?!--)[^\s.;]+)*)* $/;

/** The commands that an option is said to be of: `predict --scores`, `polytag-eval export … --out`. */
function namedBefore(text, at) {
  const before = text.slice(0, at);
  const found = byWords.filter(({ words }) => {
    const whole = new RegExp(`polytag-(?:train|eval) ${words}(?![\\w-])[^;]*$`).exec(before);
    if (whole && !/\.\s/.test(whole[0])) return true;
    const alone = [...before.matchAll(new RegExp(`(?<![\\w/-])${words}(?![\\w/-])`, 'g'))];
    return alone.some(({ index }) => BETWEEN.test(before.slice(index + words.length)));
  });
  return found.map(({ name }) => name);
}

/** The options that stand in one parenthesis with another: one of them is enough. */
function alternatives(text, at, option) {
  const start = text.lastIndexOf('(', at);
  const end = text.indexOf(')', at);
  if (start < text.lastIndexOf(')', at) || start < 0 || end < 0) return [option];
  return text.slice(start, end).match(OPTION);
}

/** The commands that reach each declaration. */
const reachedBy = new Map();
for (const [app, program] of [
  ['trainer', 'polytag-train'],
  ['evaluator', 'polytag-eval'],
]) {
  const folder = join(root, 'apps', app, 'src/commands');
  for (const name of readdirSync(folder).filter((file) => files.has(join(folder, file)))) {
    const words = name.slice(0, -3);
    const command = [words, words.replace('-', ' ')]
      .map((each) => `${program} ${each}`)
      .find((each) => commands.has(each));
    const seen = new Set(declared(join(folder, name), '*'));
    for (const key of seen) {
      for (const one of usedBy(key)) seen.add(one);
      reachedBy.set(key, (reachedBy.get(key) ?? new Set()).add(command));
    }
  }
}

const problems = new Set();
let checked = 0;
for (const [path, { declarations }] of files) {
  const file = relative(root, path);
  for (const key of [...declarations.keys()].map((name) => `${path}#${name}`))
    for (const { text, line } of textsOf(key))
      for (const { 0: option, index } of text.matchAll(OPTION)) {
        if (FOREIGN.has(option)) continue;
        checked++;
        const named = namedBefore(text, index);
        const silent = Object.entries(NEVER_PRINTED).find(([start]) => file.startsWith(start))?.[1] ?? [];
        const reaching = [...(reachedBy.get(key) ?? [])].filter((name) => !silent.includes(name));
        const lacking =
          named.length > 0
            ? named.some((name) => commands.get(name).has(option))
              ? []
              : named
            : reaching.filter(
                (name) => !alternatives(text, index, option).some((one) => commands.get(name).has(one)),
              );
        if (lacking.length > 0)
          problems.add(
            `${file}:${line}: ${lacking.join(', ')} ${lacking.length === 1 ? 'has' : 'have'} no ${option}: ${text}`,
          );
      }
}
for (const problem of problems) console.error(problem);
if (problems.size === 0) console.log(`${checked} options in texts are those of their commands`);
process.exitCode = problems.size === 0 ? 0 : 1;
