// Builds the site of the documentation into tools/site/dist, which git ignores:
//   npm run docs                  builds it; a dead link is an error
//   npm run docs -- --check       builds it, and looks at it: links, anchors, requests, accessibility (check.mjs);
//                                 --shots DIR keeps pictures of the pages
//   npm run docs -- --dev         serves it on this machine while you write
import { join } from 'node:path';
import { build, createServer } from 'vitepress';
import { root } from '../publish/packages.mjs';
import { writeApiPages } from './api.mjs';
import { checkSite } from './check.mjs';

const site = join(root, 'tools/site');
const at = process.argv.indexOf('--shots');
const shots = at < 0 ? undefined : process.argv[at + 1];
const seconds = (from) => `${((performance.now() - from) / 1000).toFixed(0)} s`;

let start = performance.now();
console.log('Reading docstrings …');
const warnings = await writeApiPages();
warnings.forEach((warning) => console.error(`docstring: ${warning}`));
console.log(`API reference: ${seconds(start)}`);
start = performance.now();
if (process.argv.includes('--dev')) {
  const server = await createServer(site);
  await server.listen();
  server.printUrls();
} else {
  await build(site);
  console.log(`Pages: ${seconds(start)}. The site is in tools/site/dist`);
  if (process.argv.includes('--check')) {
    await checkSite(join(site, 'dist'), shots);
    if (warnings.length > 0) process.exitCode = 1;
  }
}
