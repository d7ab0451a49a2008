import { printableJson } from '@polytag/core';
import { Markup, markup, type Content } from './markup.js';
import { STYLE } from './style.js';

/** A script of a page, with its SHA-256 (`sha256-…`, Base64): the security policy lets it run, and no other. */
export interface PageScript {
  readonly source: string;
  readonly hash: string;
}

export interface PageContent {
  readonly title: string;
  readonly main: Content;
  /** Whether its pictures are files beside it. Default: they are in the page. */
  readonly picturesBeside?: boolean;
  /** Rules for this page alone, after those that all pages share. */
  readonly style?: string;
  /** They run in this order, when the page is there. */
  readonly scripts?: readonly PageScript[];
  /** What the scripts read: JSON in the element with this id. */
  readonly data?: { readonly id: string; readonly value: unknown };
}

/** Whether a page, by its beginning, is one of {@link htmlPage}. */
export const isReportPage = (head: string): boolean =>
  head.includes('http-equiv="Content-Security-Policy"') && /default-src (?:'|&#39;)none/.test(head);

/**
 * Creates a self-contained HTML page that runs only its own scripts, and loads nothing except pictures beside it if
 * allowed. It works in light and dark mode, at any screen width, and on paper.
 */
export function htmlPage({
  title,
  main,
  picturesBeside,
  style = '',
  scripts = [],
  data,
}: PageContent): string {
  const allowed =
    scripts.length > 0 ? `; script-src ${scripts.map(({ hash }) => `'${hash}'`).join(' ')}` : '';
  // A page that is opened as a file is of no origin, and 'self' not its folder.
  const pictures = picturesBeside ? "'self' file:" : 'data:';
  const policy = `default-src 'none'; img-src ${pictures}; style-src 'unsafe-inline'${allowed}`;
  const page = markup`<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8"/>
<meta name="viewport" content="width=device-width, initial-scale=1"/>
<meta http-equiv="Content-Security-Policy" content="${policy}"/>
<title>${title}</title>
<style>${new Markup(STYLE + style)}</style>
</head>
<body>
<main>
${main}
</main>
${data ? markup`<script type="application/json" id="${data.id}">${new Markup(scriptJson(data.value))}</script>` : ''}
${scripts.map(({ source }) => markup`<script>${new Markup(source)}</script>`)}
</body>
</html>
`;
  return page.source;
}

/**
 * JSON that cannot end the script element it stands in, nor hold what no HTML file may hold or what a reader of the source
 * would not see.
 */
const scriptJson = (value: unknown): string =>
  printableJson(value).replace(
    /<|\p{Noncharacter_Code_Point}/gu,
    (character) =>
      `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}${character.length > 1 ? `\\u${character.charCodeAt(1).toString(16)}` : ''}`,
  );
