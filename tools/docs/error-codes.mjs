// Every error that the sources of packages and apps can throw, read from their syntax trees.
import { readdirSync, readFileSync } from 'node:fs';
import { join, relative, resolve } from 'node:path';
import ts from 'typescript';

export const root = resolve(import.meta.dirname, '../..');

/** Exit status of each class; read from packages/core/src/errors/errors.ts. */
export function exitStatuses() {
  const text = readFileSync(join(root, 'packages/core/src/errors/errors.ts'), 'utf8');
  const found = text.matchAll(/class (\w+) extends PolytagError \{\s+readonly exitCode = (\d+);/g);
  return new Map([...found].map(([, name, status]) => [name, Number(status)]));
}

/** Classes of errors beside those of core, and what they are derived from. */
const DERIVED = { RequestError: 'UsageError' };

/** A code is a word, a slash and words: `data/image-missing`. */
const CODE = /^[a-z]+\/[a-z0-9]+(-[a-z0-9]+)*$/;
/** First words of codes, and the class that throws them where the place of the throw does not say. */
const NAMESPACES = {
  usage: 'UsageError',
  serve: 'UsageError',
  data: 'DataError',
  checkpoint: 'CheckpointError',
  engine: 'EngineError',
  training: 'DivergenceError',
  part: 'PartError',
};

/** Every source file of packages and apps. */
export function* sources() {
  for (const group of ['packages', 'apps'])
    for (const name of readdirSync(join(root, group)))
      for (const file of readdirSync(join(root, group, name, 'src'), { recursive: true }))
        if (/\.ts$/.test(file) && !/\.(spec|fixture)\.ts$/.test(file) && !file.includes('generated'))
          yield join(root, group, name, 'src', file);
}

/**
 * What a piece of syntax says as text, with … for what is put in when the program runs; undefined where it is no text.
 * Of a choice, the first.
 */
function textOf(node) {
  if (ts.isStringLiteralLike(node)) return node.text;
  if (ts.isTemplateExpression(node))
    return (
      node.head.text +
      node.templateSpans.map(({ expression, literal }) => shown(expression) + literal.text).join('')
    );
  if (ts.isBinaryExpression(node) && node.operatorToken.kind === ts.SyntaxKind.PlusToken)
    return `${textOf(node.left) ?? '…'}${textOf(node.right) ?? '…'}`;
  if (ts.isBinaryExpression(node) && node.operatorToken.kind === ts.SyntaxKind.QuestionQuestionToken)
    return textOf(node.left) ?? textOf(node.right);
  if (ts.isConditionalExpression(node)) return textOf(node.whenTrue) ?? textOf(node.whenFalse);
  if (ts.isParenthesizedExpression(node)) return textOf(node.expression);
  return undefined;
}

/** A name in place of what is put in, where it is one: `name has 3 labels` reads better than `… has … labels`. */
function shown(expression) {
  const text = textOf(expression);
  if (text !== undefined) return text;
  const name = ts.isIdentifier(expression)
    ? expression.text
    : ts.isPropertyAccessExpression(expression)
      ? expression.name.text
      : undefined;
  return name && /^[a-z]+$/i.test(name) && name.length > 2
    ? `‹${name.replace(/([a-z])([A-Z])/g, (_, a, b) => `${a} ${b.toLowerCase()}`)}›`
    : '…';
}

/** Literals that one expression may have as its value. */
function literalsOf(node) {
  if (ts.isStringLiteralLike(node)) return [node.text];
  if (ts.isConditionalExpression(node)) return [...literalsOf(node.whenTrue), ...literalsOf(node.whenFalse)];
  return [];
}

const propertyOf = (node, name) =>
  node && ts.isObjectLiteralExpression(node)
    ? node.properties.find((property) => property.name?.getText() === name)
    : undefined;

/**
 * @returns {{ codes: Map<string, { classes: Set<string>, causes: Set<string>, cures: Set<string>, files: Set<string> }>,
 *   unclear: string[] }} `unclear` names throws whose code cannot be told from their text
 */
export function errorCodes() {
  const statuses = exitStatuses();
  const codes = new Map();
  const unclear = [];
  const entry = (code) => {
    if (!codes.has(code))
      codes.set(code, { classes: new Set(), causes: new Set(), cures: new Set(), files: new Set() });
    return codes.get(code);
  };
  for (const path of sources()) {
    const file = relative(root, path);
    const tree = ts.createSourceFile(path, readFileSync(path, 'utf8'), ts.ScriptTarget.Latest, true);
    const visit = (node) => {
      if (ts.isNewExpression(node)) throwAt(node);
      // Where a code stands by itself, it reaches a throw through a variable or a parameter.
      else if (ts.isStringLiteralLike(node) && CODE.test(node.text) && isKnown(node.text) && !isType(node)) {
        const found = entry(node.text);
        found.files.add(file);
        const call = enclosingCall(node);
        if (call) tell(found, call.arguments.slice(call.arguments.indexOf(node) + 1));
      }
      ts.forEachChild(node, visit);
    };
    const throwAt = ({ expression, arguments: given = [] }) => {
      const name = expression.getText(tree);
      const kind = DERIVED[name] ?? name;
      if (!statuses.has(kind)) return;
      const at = given.findIndex((argument) => !ts.isNumericLiteral(argument));
      const [code, ...rest] = given.slice(name === 'RequestError' ? 1 : at);
      const literals = code ? literalsOf(code) : [];
      for (const literal of literals) {
        const found = entry(literal);
        found.classes.add(kind);
        found.files.add(file);
        tell(found, rest);
      }
      if (literals.length > 0 || !code) return;
      // `file/EACCES` and the like: the system's own word.
      if (ts.isTemplateExpression(code) && code.head.text === 'file/') return;
      // Passed on: the literal stands elsewhere. A code is one of these, or the error is thrown again with its own.
      if (ts.isIdentifier(code) || ts.isPropertyAccessExpression(code)) return;
      const { line } = tree.getLineAndCharacterOfPosition(code.getStart(tree));
      unclear.push(`${file}:${line + 1}: the code is ${code.getText(tree)}`);
    };
    visit(tree);
  }
  for (const [code, { classes }] of codes)
    if (classes.size === 0) classes.add(NAMESPACES[code.split('/', 1)[0]]);
  return { codes, unclear };
}

const isKnown = (code) => Object.hasOwn(NAMESPACES, code.split('/', 1)[0]);
/** `'a' | 'b'` of a type throws nothing. */
const isType = (node) => ts.isLiteralTypeNode(node.parent);

/** The call of a function of this file's own that a code is the argument of. */
function enclosingCall({ parent }) {
  return parent && (ts.isCallExpression(parent) || ts.isNewExpression(parent)) ? parent : undefined;
}

/** Takes message and hint from what follows a code. */
function tell(found, [message, options]) {
  const cause = message && textOf(message);
  if (cause && /[a-z]{3}/.test(cause)) found.causes.add(cause);
  const hint = propertyOf(options, 'hint') ?? propertyOf(message, 'hint');
  const cure = hint && ts.isPropertyAssignment(hint) ? textOf(hint.initializer) : undefined;
  if (cure) found.cures.add(cure);
}
