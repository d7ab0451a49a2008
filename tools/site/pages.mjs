// What the site shows: Markdown files of the repository, as they are, and where each stands.
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join, posix } from 'node:path';
import { API } from './api.mjs';
import { published, root } from '../publish/packages.mjs';

/** The page of a file that is no page of its own: links to it lead there. */
const HOME = 'tools/site/index.md';

/**
 * The path of a file's page, or undefined where it has none.
 * @param file from the root of the repository: `docs/guides/README.md` is `guides/index.md`
 */
export function pageOf(file) {
  if (file === HOME || file === 'README.md') return 'index.md';
  if (file.startsWith(`${API}/`))
    return `api/${file
      .slice(API.length + 1)
      .replace('@polytag/', '')
      .replace(/-1\.md$/, '.md')
      .replace(/^README\.md$/, 'index.md')}`;
  if (file.startsWith('docs/')) return file.slice('docs/'.length).replace(/(^|\/)README\.md$/, '$1index.md');
  if (/^(packages|apps|tools)\/[^/]+\/README\.md$/.test(file)) return file.replace('/README.md', '.md');
  if (file === 'examples/README.md') return 'examples.md';
  if (/^[A-Z_]+\.md$/.test(file)) return file.toLowerCase().replaceAll('_', '-');
  return undefined;
}

const inOrder = (folder) =>
  readdirSync(join(root, folder))
    .filter((name) => name.endsWith('.md'))
    .map((name) => `${folder}/${name}`)
    .sort();

/** Guides in the order of the table in docs/guides/README.md. */
const guides = () => {
  const text = readFileSync(join(root, 'docs/guides/README.md'), 'utf8');
  return [...text.matchAll(/^\| \[[^\]]*\]\(([\w-]+\.md)\)/gm)].map(([, file]) => `docs/guides/${file}`);
};

const docs = (...names) => names.map((name) => `docs/${name}.md`);
const readmes = (...folders) =>
  folders.map((folder) => `${folder}/README.md`).filter((file) => existsSync(join(root, file)));

const tools = () => readmes(...readdirSync(join(root, 'tools')).map((name) => `tools/${name}`));

/** Files of the site, by the heading that they stand under. */
export const sections = () => ({
  Guides: ['docs/guides/README.md', ...guides(), 'examples/README.md', ...docs('studio')],
  Reference: docs(
    'reference/configuration',
    'reference/commands',
    'reference/data',
    'reference/training',
    'reference/evaluation',
    'errors',
    'architectures',
    'engines',
    'machines',
  ),
  Method: docs('method'),
  Evidence: docs('results', 'performance', 'reproducibility', 'reliability'),
  Packages: readmes(...published(), 'apps/studio'),
  Project: [
    'CONTRIBUTING.md',
    'docs/decisions/README.md',
    ...inOrder('docs/decisions').filter((file) => !file.endsWith('README.md')),
    ...tools(),
    ...['CHANGELOG.md', 'SECURITY.md', 'CODE_OF_CONDUCT.md'],
  ],
});

/** Generated pages: `tools/site/api/@polytag/losses.md` before `…/losses/asl.md`. */
export const apiPages = () =>
  readdirSync(join(root, API), { recursive: true })
    .filter((file) => file.endsWith('.md'))
    .map((file) => `${API}/${file.replaceAll('\\', '/')}`)
    .sort((a, b) => (a.replace('.md', '') < b.replace('.md', '') ? -1 : 1));

/** Every file that has a page. */
export const allFiles = () => [HOME, ...Object.values(sections()).flat(), ...apiPages()];

/** The first heading of a file. */
export function titleOf(file) {
  const text = readFileSync(join(root, file), 'utf8');
  return (/^# (.+)$/m.exec(text)?.[1] ?? posix.basename(file, '.md'))
    .replaceAll('`', '')
    .replaceAll('\\', '');
}
