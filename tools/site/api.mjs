// The API reference of the site: Markdown from docstrings, a page for each entry point of each package, made by TypeDoc.
import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Application, Converter, Logger, LogLevel, ReflectionKind } from 'typedoc';
import { entryPoints, published, readManifest, root } from '../publish/packages.mjs';

/** Where the pages lie, `@polytag/losses.md` and `@polytag/losses/asl.md`. Not in git. */
export const API = 'tools/site/api';

/** Source file of every entry point, and the name to import it by. */
const entries = () =>
  published().flatMap((folder) =>
    entryPoints(readManifest(join(root, folder))).map(({ name, types }) => {
      const built = types.startsWith('./dist/');
      return {
        name,
        path: join(root, folder, built ? types.replace('./dist', 'src').replace('.d.ts', '.ts') : types),
      };
    }),
  );

/** Keeps what TypeDoc warns of, to be shown at the end. */
class Warnings extends Logger {
  all = [];
  log(message, level) {
    // Methods that override another have its docstring, with its names of parameters; links are checked in the pages.
    const ofNoUse = /\.multiplyAdds has an @param with name|^The relative path/;
    if (level >= LogLevel.Warn && !ofNoUse.test(message)) this.all.push(message);
  }
}

/**
 * Writes the pages anew.
 * @returns what TypeDoc warns of: a docstring that names a parameter which is not there, say
 */
export async function writeApiPages() {
  const out = join(root, API);
  rmSync(out, { recursive: true, force: true });
  const all = entries();
  const application = await Application.bootstrapWithPlugins({
    plugin: ['typedoc-plugin-markdown'],
    entryPoints: all.map(({ path }) => path),
    tsconfig: join(root, 'tools/site/tsconfig.api.json'),
    basePath: root,
    readme: 'none',
    excludeInternal: true,
    excludePrivate: true,
    excludeExternals: true,
    // `npm test` has checked the types.
    skipErrorChecking: true,
    validation: { notExported: false, invalidLink: true, notDocumented: false },
    disableGit: true,
    sourceLinkTemplate: '/{path}#L{line}',
    sort: ['kind', 'alphabetical'],
    outputs: [{ name: 'markdown', path: out }],
    outputFileStrategy: 'modules',
    hidePageHeader: true,
    hideBreadcrumbs: true,
    sanitizeComments: true,
    useCodeBlocks: true,
    parametersFormat: 'table',
    interfacePropertiesFormat: 'table',
    classPropertiesFormat: 'table',
    typeDeclarationFormat: 'table',
    tableColumnSettings: { hideSources: true, hideModifiers: true },
  });
  const warnings = new Warnings();
  application.logger = warnings;

  const plain = new Set();
  const nameOf = new Map(all.map(({ path, name }) => [path, name]));
  application.converter.on(Converter.EVENT_RESOLVE_BEGIN, ({ project }) => {
    for (const module of project.getReflectionsByKind(ReflectionKind.Module))
      module.name = nameOf.get(module.sources[0].fullFileName);
    for (const method of project.getReflectionsByKind(ReflectionKind.Method))
      if (!method.signatures?.some(({ comment }) => comment)) plain.add(method);
  });
  application.converter.on(Converter.EVENT_RESOLVE_END, ({ project }) => {
    // A class tells what it adds: what it inherits, and what it overrides without a word, stands with the class it extends.
    for (const one of Object.values(project.reflections)) {
      const isAgain =
        one.overwrites ??
        one.implementationOf ??
        one.signatures?.find((it) => it.overwrites ?? it.implementationOf);
      if (one.inheritedFrom || (plain.has(one) && isAgain)) project.removeReflection(one);
    }
  });
  const project = await application.convert();
  await application.generateOutputs(project);

  for (const file of readdirSync(out, { recursive: true }).filter((name) => name.endsWith('.md'))) {
    const path = join(out, file);
    writeFileSync(path, tidied(readFileSync(path, 'utf8')));
  }
  return warnings.all;
}

/** A page as it is easier to read: what is exported again in one line, and the documents that docstrings name as links. */
function tidied(text) {
  const [own, again] = text.split(/^## References$/m);
  const links = [...(again ?? '').matchAll(/\[(.+?)\]\((.+?)\)/g)].map(
    ([, name, to]) => `[\`${name}\`](${to})`,
  );
  const also = links.length === 0 ? '' : `## Also exported here\n\n${links.join(', ')}\n`;
  const code = /^```.*?^```|`[^`\n]*`|\]\([^)]*\)/gms;
  let end = 0;
  let linked = '';
  const page = own + also;
  const named = /(?<![\w/([])docs\/[\w/-]+\.md(?:#[\w-]+)?/g;
  for (const { 0: kept, index } of page.matchAll(code)) {
    linked += page.slice(end, index).replace(named, '[$&](/$&)') + kept;
    end = index + kept.length;
  }
  linked += page.slice(end).replace(named, '[$&](/$&)');
  return linked.replaceAll('| `undefined` |', '| |').replaceAll('| - |', '| |');
}
