// How the Markdown of the repository becomes pages: its links, its anchors and its equations are those of a forge.
import { existsSync, statSync } from 'node:fs';
import { join, posix } from 'node:path';
import katex from 'katex';
import { readManifest, root } from '../publish/packages.mjs';
import { pageOf } from './pages.mjs';

const { forge } = readManifest(root).polytag;

/** The anchor of a heading, as GitHub makes it: links to headings work in both places. */
export const slugify = (heading) =>
  heading
    .trim()
    .toLowerCase()
    .replace(/[^\p{L}\p{N}\s_-]/gu, '')
    .replaceAll(' ', '-');

/**
 * Where a link leads on the site: to the page of the file, or to the file on the forge where it has no page.
 * @param href as written: relative to the file, or from the root of the repository after a `/`
 * @param from the file, from the root of the repository
 */
export function siteLink(href, from, known) {
  if (/^([a-z]+:|#|\/\/)/i.test(href)) return href;
  const [path, anchor] = href.split('#');
  const file = posix
    .normalize(path.startsWith('/') ? path.slice(1) : posix.join(posix.dirname(from), path))
    .replace(/\/$/, '');
  const hash = anchor === undefined ? '' : `#${anchor}`;
  const page = [file, `${file}/README.md`].find((one) => known.has(one));
  if (page) return `/${pageOf(page)}${hash}`;
  if (file === 'README.md' || file === '.') return `/index.md${hash}`;
  const place = join(root, file);
  // A page of VitePress that is not there fails the build.
  if (!existsSync(place)) return `/${file}`;
  return `${forge}/${statSync(place).isDirectory() ? 'tree' : 'blob'}/main/${file}${hash}`;
}

/** Characters that a line of a telephone has room for, in a list too. */
const ROOM = 30;

/** Code, as HTML, whose words stay on a line each. */
const whole = (code) =>
  code.replace(/[^\s]+/g, (word) =>
    word.length > 1 && word.length <= ROOM && /\W/.test(word) ? `<span class="word">${word}</span>` : word,
  );

/** Plugin of markdown-it: links lead to pages, and blocks of `math` are equations, computed here and not in the browser. */
export function forgeMarkdown(md, known) {
  md.core.ruler.push('site-links', ({ tokens, env }) => {
    const path = env.realPath ?? env.path;
    if (path === undefined) return;
    const from = posix.relative(root, path);
    for (const { children } of tokens)
      for (const token of children ?? [])
        if (token.type === 'link_open') token.attrSet('href', siteLink(token.attrGet('href'), from, known));
  });
  const fence = md.renderer.rules.fence;
  md.renderer.rules.fence = (tokens, i, ...others) => {
    if (tokens[i].info.trim() !== 'math') return fence(tokens, i, ...others);
    const html = katex.renderToString(tokens[i].content, {
      displayMode: true,
      strict: 'error',
      throwOnError: true,
    });
    return `<div class="equation" tabindex="0" role="group" aria-label="equation" v-pre>${html}</div>\n`;
  };
  // A browser breaks lines after hyphens: `--set` would end a line as `--`.
  const inline = md.renderer.rules.code_inline;
  md.renderer.rules.code_inline = (...given) =>
    inline(...given).replace(/>([^<]+)</, (_, code) => `>${whole(code)}<`);
  // A table that is wider than a telephone scrolls, and a keyboard can scroll it.
  md.renderer.rules.table_open = () =>
    '<div class="table" tabindex="0" role="group" aria-label="table"><table>';
  md.renderer.rules.table_close = () => '</table></div>';
}
