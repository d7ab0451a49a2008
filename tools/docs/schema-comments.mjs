// Comments of the keys of zod schemas, read from the sources: the `/** … */` above a key in `z.strictObject({ … })`.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import ts from 'typescript';

/**
 * @param root folder of the repository
 * @param folders where schemas are looked for, e.g. `packages/losses/src`
 * @returns the comment of a key of an object with these keys, or undefined
 */
export function schemaComments(root, folders) {
  const objects = [];
  /** Comments of constants, which a key without one of its own takes: `epsilon` of `{ epsilon: epsilon.default(1) }`. */
  const constants = new Map();
  for (const folder of folders) {
    for (const path of readdirSync(join(root, folder), { recursive: true }).sort()) {
      if (!/(?<!\.spec|\.fixture)\.ts$/.test(path)) continue;
      const text = readFileSync(join(root, folder, path), 'utf8');
      if (text.includes("'zod")) read(ts.createSourceFile(path, text, ts.ScriptTarget.Latest, true), folder);
    }
  }
  return { keyComment, constants };

  function read(node, folder) {
    if (ts.isObjectLiteralExpression(node)) objects.push({ folder, keys: keysOf(node, folder) });
    if (ts.isVariableStatement(node)) {
      const [{ name }] = node.declarationList.declarations;
      const comment = commentOf(node);
      if (comment) constants.set(`${folder} ${name.getText()}`, comment);
    }
    ts.forEachChild(node, (child) => read(child, folder));
  }

  function keyComment(key, allKeys) {
    const all = new Set(allKeys);
    const fits = objects
      .filter(({ keys }) => keys.has(key) && [...keys.keys()].every((one) => all.has(one)))
      .sort(
        (a, b) =>
          b.keys.size - a.keys.size ||
          Number(Boolean(b.keys.get(key).comment)) - Number(Boolean(a.keys.get(key).comment)),
      );
    const [best] = fits;
    if (!best) return undefined;
    const { comment, initialiser } = best.keys.get(key);
    return { own: comment, of: constants.get(`${best.folder} ${initialiser}`) };
  }
}

function keysOf(node) {
  const keys = new Map();
  for (const property of node.properties) {
    if (!ts.isPropertyAssignment(property) && !ts.isShorthandPropertyAssignment(property)) continue;
    const initialiser = ts.isShorthandPropertyAssignment(property)
      ? property.name.text
      : /^[\w]+/.exec(property.initializer.getText())?.[0];
    keys.set(property.name.text, { comment: commentOf(property), initialiser });
  }
  return keys;
}

/** The text of the last JSDoc comment above a node, on one line. */
function commentOf(node) {
  const comment = node.jsDoc?.at(-1)?.comment;
  const text =
    typeof comment === 'string' ? comment : comment?.map((part) => part.text ?? part.getText()).join('');
  return text?.replace(/\s+/g, ' ').trim();
}
