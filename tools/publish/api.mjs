// The public surface of each package, etc/NAME.api.md: every name that its entry points export, with its declaration as the
// compiler wrote it, without comments. A change of the surface is a change of that file, which a reviewer sees.
//   node tools/publish/api.mjs            writes them, after `npm run build`
//   node tools/publish/api.mjs --check    ends with 1 where one differs
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import ts from 'typescript';
import { entryPoints, published, readManifest, root } from './packages.mjs';

const printer = ts.createPrinter({ removeComments: true });
const parsed = new Map();

function parse(path) {
  if (!parsed.has(path))
    parsed.set(path, ts.createSourceFile(path, readFileSync(path, 'utf8'), ts.ScriptTarget.Latest, true));
  return parsed.get(path);
}

/**
 * Members of unions, and of objects that map each name to itself (enums of zod), in the order of their text: the compiler
 * writes them in the order in which it met them, which differs between a first build and a later one.
 */
function inFixedOrder(statement, tree) {
  const textOf = (node) => printer.printNode(ts.EmitHint.Unspecified, node, tree);
  const sorted = (nodes) =>
    [...nodes].sort((a, b) => (textOf(a) < textOf(b) ? -1 : textOf(a) > textOf(b) ? 1 : 0));
  const namesItself = (member) =>
    ts.isPropertySignature(member) && member.type && textOf(member.type).slice(1, -1) === member.name.text;
  const visit = (context) => (node) => {
    const inner = ts.visitEachChild(node, visit(context), context);
    if (ts.isUnionTypeNode(inner)) return ts.factory.updateUnionTypeNode(inner, sorted(inner.types));
    if (ts.isTypeLiteralNode(inner) && inner.members.every(namesItself))
      return ts.factory.updateTypeLiteralNode(inner, sorted(inner.members));
    return inner;
  };
  const { transformed } = ts.transform(statement, [(context) => visit(context)]);
  return transformed[0];
}

const typesOf = (from, specifier) => resolve(dirname(from), specifier.replace(/\.js$/, '.d.ts'));

const namesOf = (statement) =>
  ts.isVariableStatement(statement)
    ? statement.declarationList.declarations.map(({ name }) => name.getText())
    : [statement.name?.text].filter(Boolean);

const isExported = (statement) =>
  ts.canHaveModifiers(statement) &&
  ts.getModifiers(statement)?.some(({ kind }) => kind === ts.SyntaxKind.ExportKeyword);

const isDefault = (statement) =>
  ts.canHaveModifiers(statement) &&
  ts.getModifiers(statement)?.some(({ kind }) => kind === ts.SyntaxKind.DefaultKeyword);

/** What a declaration file exports: the text of each declaration by its name. Overloads are one text. */
function exportsOf(path, seen = new Set()) {
  const found = new Map();
  if (seen.has(path)) return found;
  seen.add(path);
  const tree = parse(path);
  const imports = importsOf(tree);
  const text = (statement) => printer.printNode(ts.EmitHint.Unspecified, inFixedOrder(statement, tree), tree);
  const add = (name, declaration) =>
    found.set(name, found.has(name) ? `${found.get(name)}\n${declaration}` : declaration);
  for (const statement of tree.statements) {
    if (ts.isExportDeclaration(statement)) {
      const from = statement.moduleSpecifier?.text;
      const inner = from?.startsWith('.') ? exportsOf(typesOf(path, from), new Set(seen)) : undefined;
      if (!statement.exportClause) {
        if (inner) for (const [name, declaration] of inner) add(name, declaration);
        else add(`* from ${from}`, text(statement));
        continue;
      }
      for (const { name, propertyName } of statement.exportClause.elements ?? []) {
        const original = (propertyName ?? name).text;
        const elsewhere = from ?? imports.get(original);
        add(
          name.text,
          inner?.get(original) ??
            (elsewhere === undefined
              ? declarationOf(tree, original, text)
              : elsewhere.startsWith('.')
                ? exportsOf(typesOf(path, elsewhere), new Set(seen)).get(original)
                : `export { ${original} } from '${elsewhere}';`) ??
            `export { ${original} };`,
        );
      }
    } else if (isDefault(statement) || ts.isExportAssignment(statement)) add('default', text(statement));
    else if (isExported(statement)) for (const name of namesOf(statement)) add(name, text(statement));
  }
  return found;
}

/** Where each imported name comes from. */
function importsOf(tree) {
  const from = new Map();
  for (const statement of tree.statements) {
    if (!ts.isImportDeclaration(statement)) continue;
    const bindings = statement.importClause?.namedBindings;
    if (bindings && ts.isNamedImports(bindings))
      for (const { name } of bindings.elements) from.set(name.text, statement.moduleSpecifier.text);
  }
  return from;
}

function declarationOf(tree, name, text) {
  const found = tree.statements.filter((statement) => namesOf(statement).includes(name));
  return found.length > 0 ? found.map(text).join('\n') : undefined;
}

function report(folder) {
  const manifest = readManifest(join(root, folder));
  const sections = entryPoints(manifest).map(({ name, types }) => {
    const found = exportsOf(join(root, folder, types));
    const declarations = [...found]
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([, declaration]) => declaration);
    return `## ${name}\n\n\`\`\`ts\n${declarations.join('\n\n')}\n\`\`\`\n`;
  });
  return `# ${manifest.name}\n\n<!-- Written by \`node tools/publish/api.mjs\`: the public surface. -->\n\n${sections.join('\n')}`;
}

const problems = [];
let names = 0;
for (const folder of published()) {
  const path = join(root, 'etc', `${folder.split('/')[1]}.api.md`);
  const made = report(folder);
  names += made.split(/^export /m).length - 1;
  if (!process.argv.includes('--check')) {
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, made);
  } else if (!existsSync(path) || readFileSync(path, 'utf8') !== made)
    problems.push(
      `etc/${folder.split('/')[1]}.api.md: the public surface has changed: look at it, then run node tools/publish/api.mjs`,
    );
}
for (const problem of problems) console.error(problem);
if (problems.length === 0) console.log(`${names} declarations are public`);
process.exitCode = problems.length === 0 ? 0 : 1;
