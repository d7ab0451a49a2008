// Follows the links of the repository, and ends with 1 when one leads nowhere:
//   node tools/docs/links.mjs
//
// Every relative link in a Markdown file, every path in backticks there (`tools/docs`; `core/src/errors` for
// packages/core/src/errors; NAME and VERB stand for any), and every `docs/….md` or `docs/….md#anchor` in any other file
// must lead to a file that git tracks and to a heading in it. No file may speak of what is outside the repository.
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join, posix, resolve } from 'node:path';

const root = resolve(import.meta.dirname, '../..');
const { stdout } = spawnSync('git', ['ls-files', '-z', '--cached', '--others', '--exclude-standard'], {
  cwd: root,
  encoding: 'utf8',
  maxBuffer: 2 ** 26,
});
const files = stdout.split('\0').filter((file) => file !== '' && existsSync(join(root, file)));
if (files.length === 0) throw new Error('git lists no files: run it in a clone');
const known = new Set(files);
for (const file of files)
  for (let folder = dirname(file); folder !== '.'; folder = dirname(folder)) known.add(folder);

const texts = new Map();
function textOf(file) {
  if (!texts.has(file)) texts.set(file, readFileSync(join(root, file), 'utf8'));
  return texts.get(file);
}

/** Anchors of the headings of a Markdown file, as GitHub makes them. */
function anchorsOf(file) {
  const anchors = new Set();
  for (const [, heading] of withoutBlocks(textOf(file)).matchAll(/^#+ +(.+)$/gm)) {
    const words = heading.replace(/\[([^\]]*)\]\([^)]*\)/g, '$1').toLowerCase();
    const anchor = words.replace(/[^\p{L}\p{N}\s_-]/gu, '').replaceAll(' ', '-');
    let unique = anchor;
    for (let i = 1; anchors.has(unique); i++) unique = `${anchor}-${i}`;
    anchors.add(unique);
  }
  return anchors;
}

/** Folders at the root that documentation names. */
const FOLDERS = new Set(['apps', 'configs', 'docs', 'packages', 'tools']);

const withoutBlocks = (markdown) => markdown.replace(/^```[^\n]*\n.*?^```$/gms, '');

/** Why a link leads nowhere, or undefined. */
function fault(target, anchor) {
  if (!known.has(target)) return 'there is no such file';
  if (anchor === undefined || !target.endsWith('.md')) return undefined;
  return anchorsOf(target).has(anchor) ? undefined : `${target} has no heading for #${anchor}`;
}

/** The links of a file: [as written, path from the root, anchor]. */
function linksIn(file) {
  const text = textOf(file);
  if (!file.endsWith('.md')) {
    return [...text.matchAll(/(?<![\w/])(?:docs|tools\/\w+)\/[\w-]+\.md(?:#([\w-]+))?/g)].map(
      ([link, anchor]) => [link, link.split('#')[0], anchor],
    );
  }
  const prose = withoutBlocks(text);
  const paths = [...prose.matchAll(/`([a-z-]+)(\/[^`\s*…]*)`/g)]
    .filter(
      ([, first, rest]) => (FOLDERS.has(first) || rest.startsWith('/src/')) && !/\b(NAME|VERB)\b/.test(rest),
    )
    .map(([, first, rest]) => [
      `${first}${rest}`,
      ...`${FOLDERS.has(first) ? '' : 'packages/'}${first}${rest}`.replace(/\/$/, '').split('#'),
    ]);
  const links = [...prose.replace(/`[^`\n]*`/g, '').matchAll(/\]\(([^)\s]+)\)/g)]
    .map(([, link]) => link)
    .filter((link) => !/^[a-z]+:/.test(link))
    .map((link) => {
      const [path, anchor] = link.split('#');
      const target = path === '' ? file : posix.normalize(posix.join(posix.dirname(file), path));
      return [link, target.replace(/\/$/, ''), anchor];
    });
  return [...links, ...paths];
}

/** What no file may say. Written in two parts, so that this one does not. */
const OUTSIDE = new RegExp(
  ['\\.\\./' + 'shared', 'method' + ' (sections?\\b|\\d)', '(?<!docs/)(?<![\\w/(])method' + '\\.md'].join(
    '|',
  ),
);

const TEXT = /\.(ts|js|mjs|json|md|yaml|yml|py|html|sh)$/;
const complaints = [];
for (const file of files.filter((name) => TEXT.test(name) || name.startsWith('.ci/'))) {
  if (file === 'package-lock.json') continue;
  for (const [link, target, anchor] of linksIn(file)) {
    const why = fault(target, anchor);
    if (why) complaints.push(`${file}: ${link}: ${why}`);
  }
  textOf(file)
    .split('\n')
    .forEach((line, i) => {
      const said = OUTSIDE.exec(line);
      if (said) complaints.push(`${file}:${i + 1}: speaks of "${said[0]}", which is not in the repository`);
    });
}
complaints.forEach((complaint) => console.error(complaint));
console.log(
  complaints.length === 0
    ? 'every link leads somewhere'
    : `${complaints.length} links or references lead nowhere`,
);
process.exitCode = complaints.length === 0 ? 0 : 1;
