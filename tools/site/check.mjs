// Looks at the built site: every link and anchor of every page, and some pages in a browser. Run by `npm run docs -- --check`.
import { createReadStream, existsSync, mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { createRequire } from 'node:module';
import { extname, join, posix } from 'node:path';
import { chromium } from 'playwright-core';

/** Pages that a browser opens: a landing page, prose, equations, generated tables, and docstrings. */
const LOOKED_AT = [
  '/',
  '/guides/first-model.html',
  '/method.html',
  '/reference/configuration.html',
  '/api/losses/aam-asl.html',
];

const BROWSERS = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'];

/**
 * Throws where a link or anchor leads nowhere, a page fetches something from elsewhere, or axe-core finds a serious
 * violation. Without Chromium (or POLYTAG_CHROMIUM) it says that the pages were not opened.
 * @param shots folder for pictures of the pages
 */
export async function checkSite(folder, shots) {
  const links = checkLinks(folder);
  if (links.complaints.length > 0) throw new Error(`dead links:\n${links.complaints.join('\n')}`);
  console.log(`${links.pages} pages, ${links.links} links and anchors: none is dead`);
  const browser = process.env.POLYTAG_CHROMIUM ?? BROWSERS.find((path) => existsSync(path));
  if (!browser) return console.log('There is no Chromium: the pages were not opened');
  const complaints = await lookAt(folder, browser, shots);
  if (complaints.length > 0) throw new Error(`in the browser:\n${complaints.join('\n')}`);
  console.log(
    `${LOOKED_AT.length} pages opened at 1280 and 390 px, light and dark: no fault, no request to elsewhere`,
  );
}

function checkLinks(folder) {
  const files = readdirSync(folder, { recursive: true }).map((file) => file.replaceAll('\\', '/'));
  const known = new Set(files);
  const html = files.filter((file) => file.endsWith('.html'));
  const text = new Map(html.map((file) => [file, readFileSync(join(folder, file), 'utf8')]));
  const ids = new Map(
    html.map((file) => [file, new Set([...text.get(file).matchAll(/ id="([^"]+)"/g)].map(([, id]) => id))]),
  );
  const base = process.env.POLYTAG_SITE_BASE ?? '/';
  const complaints = new Set();
  let links = 0;
  for (const file of html) {
    for (const [, tag, name, value] of text
      .get(file)
      .matchAll(/<(a|img|script|link)\b[^>]*? (href|src)="([^"]*)"/g)) {
      links++;
      if (/^[a-z]+:|^\/\//i.test(value)) {
        if (tag !== 'a' && !value.startsWith('data:')) complaints.add(`${file}: ${tag} fetches ${value}`);
        continue;
      }
      const [path, anchor] = decodeURI(value.replaceAll('&amp;', '&')).split('#');
      let target =
        path === ''
          ? file
          : path.startsWith('/')
            ? path.slice(base.length)
            : posix.join(posix.dirname(file), path);
      if (target === '' || target === '.' || target.endsWith('/')) target = posix.join(target, 'index.html');
      if (!known.has(target)) complaints.add(`${file}: ${name} ${value}: there is no such file`);
      else if (anchor && ids.has(target) && !ids.get(target).has(anchor))
        complaints.add(`${file}: ${value}: ${target} has no such anchor`);
    }
  }
  for (const file of files.filter((name) => name.endsWith('.css')))
    for (const [, address] of readFileSync(join(folder, file), 'utf8').matchAll(
      /url\((?!["']?data:)["']?(https?:[^)]+)/g,
    ))
      complaints.add(`${file} fetches ${address}`);
  return { pages: html.length, links, complaints: [...complaints] };
}

const TYPES = {
  '.html': 'text/html',
  '.js': 'text/javascript',
  '.css': 'text/css',
  '.svg': 'image/svg+xml',
  '.png': 'image/png',
};

async function lookAt(folder, executablePath, shots) {
  const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
  const server = createServer((request, response) => {
    const path = decodeURI(new URL(request.url, 'http://site').pathname);
    const file = join(folder, path.endsWith('/') ? `${path}index.html` : path);
    if (!existsSync(file)) return response.writeHead(404).end();
    response.writeHead(200, { 'content-type': TYPES[extname(file)] ?? 'application/octet-stream' });
    createReadStream(file).pipe(response);
  });
  await new Promise((done) => server.listen(0, '127.0.0.1', done));
  const origin = `http://127.0.0.1:${server.address().port}`;
  const browser = await chromium.launch({
    executablePath,
    args: ['--no-sandbox', '--disable-background-networking'],
  });
  const complaints = [];
  if (shots) mkdirSync(shots, { recursive: true });
  try {
    for (const width of [1280, 390])
      for (const colorScheme of ['light', 'dark']) {
        const context = await browser.newContext({ viewport: { width, height: 900 }, colorScheme });
        const page = await context.newPage();
        let where = '';
        page.on(
          'console',
          (message) => message.type() === 'error' && complaints.push(`${where}: ${message.text()}`),
        );
        page.on('pageerror', (error) => complaints.push(`${where}: ${error.message}`));
        page.on('requestfailed', (request) => complaints.push(`${where}: ${request.url()} failed`));
        page.on('request', (request) => {
          if (!request.url().startsWith(origin) && !request.url().startsWith('data:'))
            complaints.push(`${where}: asks ${request.url()}`);
        });
        for (const path of LOOKED_AT) {
          where = `${path} at ${width} px, ${colorScheme}`;
          await page.goto(`${origin}${path}`, { waitUntil: 'load' });
          await page.waitForTimeout(300);
          await page.evaluate(axe);
          const found = await page.evaluate(
            "axe.run().then(({ violations }) => violations.filter(({ impact }) => ['serious', 'critical'].includes(impact)).map(({ id, nodes }) => [id, ...nodes.slice(0, 3).map(({ html }) => html)]))",
          );
          complaints.push(...found.map((one) => `${where}: ${one.join('\n    ')}`));
          const over = await page.evaluate(
            'document.documentElement.scrollWidth - document.documentElement.clientWidth',
          );
          if (over > 0) complaints.push(`${where}: the page is ${over} px wider than the screen`);
          const broken = await page.evaluate(
            "[...document.querySelectorAll('.vp-doc :not(pre) > code')].filter((code) => code.getClientRects().length > 1).map(({ textContent }) => textContent).filter((text) => /-/.test(text) && /^[\\w.-]{1,24}$/.test(text))",
          );
          if (broken.length > 0)
            complaints.push(`${where}: lines break within ${broken.slice(0, 5).join(', ')}`);
          if (shots)
            await page.screenshot({
              path: join(shots, `${path.replace(/\W+/g, '-')}${width}-${colorScheme}.png`),
            });
        }
        await context.close();
      }
    const page = await browser.newPage();
    await page.goto(`${origin}/`);
    await page.getByRole('button', { name: 'Search' }).first().click();
    await page.locator('#localsearch-input').fill('threshold');
    const first = page.locator('#localsearch-list a').first();
    const hits = await first.waitFor({ timeout: 20_000 }).then(
      () => true,
      () => false,
    );
    if (!hits) complaints.push('a search for "threshold" finds nothing');
    if (shots) await page.screenshot({ path: join(shots, 'search.png') });
  } finally {
    await browser.close();
    server.close();
  }
  return complaints;
}
