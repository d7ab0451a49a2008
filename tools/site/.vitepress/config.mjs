// The site: `npm run docs`. Its pages are Markdown files of the repository, where they lie (../pages.mjs).
import { execFileSync } from 'node:child_process';
import { defineConfig } from 'vitepress';
import { readManifest, root } from '../../publish/packages.mjs';
import { API } from '../api.mjs';
import { forgeMarkdown, slugify } from '../markdown.mjs';
import { allFiles, apiPages, pageOf, sections, titleOf } from '../pages.mjs';

const { forge } = readManifest(root).polytag;
const known = new Set(allFiles());

/** What VitePress must not take for a page: Markdown that has none, and folders that git ignores. */
function noPages() {
  const list = (...options) =>
    execFileSync('git', ['ls-files', '-z', '--exclude-standard', ...options], { cwd: root, encoding: 'utf8' })
      .split('\0')
      .filter((file) => file !== '');
  return [
    ...list('--cached', '--others', '--', '*.md').filter((file) => !known.has(file)),
    ...list('--others', '--ignored', '--directory')
      .filter((file) => file.endsWith('/') && !file.startsWith(API))
      .map((folder) => `${folder}**`),
  ];
}

const link = (file) => `/${pageOf(file)}`;
const items = (files) =>
  files.map((file) => ({ text: titleOf(file).replace('@polytag/', ''), link: link(file) }));

/** What stands beside a page: packages, the project and the API have lists of their own, the rest share one. */
const { Packages, Project, ...shared } = sections();
const packages = [{ text: 'Packages', items: items(Packages) }];
const project = [{ text: 'Project', items: items(Project) }];
const more = {
  text: 'More',
  items: [
    { text: 'API', link: '/api/' },
    { text: 'Packages', link: link(Packages[0]) },
    { text: 'Project', link: link(Project[0]) },
  ],
};

export default defineConfig({
  title: 'Polytag',
  description: 'Multi-label image classification in TypeScript: train and run, in Node and in the browser.',
  lang: 'en-GB',
  // GitHub's pages of a project lie in a folder: POLYTAG_SITE_BASE=/polytag/
  base: process.env.POLYTAG_SITE_BASE ?? '/',
  srcDir: root,
  outDir: 'dist',
  cacheDir: '../../../tmp/site-cache',
  srcExclude: noPages(),
  rewrites: pageOf,
  head: [['link', { rel: 'icon', href: 'data:,' }]],
  ignoreDeadLinks: false,
  markdown: {
    anchor: { slugify },
    theme: { light: 'github-light-high-contrast', dark: 'github-dark-high-contrast' },
    config: (md) => forgeMarkdown(md, known),
  },
  themeConfig: {
    search: { provider: 'local' },
    outline: [2, 3],
    nav: [
      { text: 'Guides', link: '/guides/' },
      { text: 'Reference', link: link('docs/reference/configuration.md') },
      { text: 'API', link: '/api/' },
      { text: 'Method', link: link('docs/method.md') },
      { text: 'Results', link: link('docs/results.md') },
    ],
    sidebar: {
      '/api/': [{ text: 'API', items: items(apiPages()) }],
      '/packages/': packages,
      '/apps/': packages,
      '/tools/': project,
      '/decisions/': project,
      ...Object.fromEntries(
        Project.filter((file) => !file.includes('/')).map((file) => [link(file).replace('.md', ''), project]),
      ),
      '/': [...Object.entries(shared).map(([text, files]) => ({ text, items: items(files) })), more],
    },
    socialLinks: [{ icon: 'github', link: forge }],
    footer: { message: `Apache-2.0` },
  },
});
