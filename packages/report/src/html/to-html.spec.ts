import { evaluateScores, evaluationDetails, scoreTable } from '@polytag/metrics';
import { evaluationReport } from '../evaluation-report.js';
import { smallEvaluation, smallTable } from '../evaluation.fixture.js';
import { parsePage } from './page.fixture.js';
import type { HtmlDetails } from './html-details.js';
import { toHtml } from './to-html.js';

const subject = { model: 'small', dataSet: 'val.json' };
const PNG = Uint8Array.of(0x89, 0x50, 0x4e, 0x47, 255, 0, 128);
const { thresholds } = smallTable;

const smallDetails = (): HtmlDetails => ({
  ...evaluationDetails(smallTable.table, { thresholds }),
  imageAt: (image) => ({
    name: `photo-${image}.jpg`,
    labels: image === 2 ? [] : ['boat'],
    ...(image === 0 && { thumbnail: { type: 'image/png', bytes: PNG } }),
  }),
});

/** Eighty labels, 1,000 images, numbers that look random. */
function largePage(): string {
  const [images, classes] = [1000, 80];
  const noise = (i: number) => (Math.sin(12.9898 * i) * 43758.5453) % 1;
  const targets = Float32Array.from({ length: images * classes }, (_, i) =>
    Number(Math.abs(noise(i)) < 0.05),
  );
  const scores = Float64Array.from(targets, (target, i) => (target + 2 * Math.abs(noise(i + 0.5))) / 3);
  const table = scoreTable(scores, targets, { images, classes });
  const labels = Array.from({ length: classes }, (_, k) => `a rather long label ${k}`);
  const own = new Float64Array(classes).fill(0.4);
  const report = evaluationReport(evaluateScores({ ...table, labels, thresholds: own }), subject);
  const imageAt = (image: number) => ({ name: `images/val/${image}.jpg`, labels: labels.slice(0, 4) });
  return toHtml(report, { ...evaluationDetails(table, { thresholds: own }), imageAt });
}

/** The small page, with a heat map of the worst mistake of the first image. */
function pageWithHeat(): string {
  const report = evaluationReport(smallEvaluation(), subject);
  const details = smallDetails();
  const [{ image, index }] = details.mistakes.present;
  const { label } = report.classes[index];
  const thumbnail = { type: 'image/png', bytes: PNG, size: { height: 30, width: 40 } } as const;
  const heatMaps = new Map([[label, { type: 'image/png', bytes: PNG.slice(1) } as const]]);
  const imageAt = (one: number) => ({
    ...details.imageAt(one),
    ...(one === image && { thumbnail, heatMaps }),
  });
  return toHtml(report, { ...details, imageAt });
}

/** Nothing is known of the only label of the only image. */
function pageOfNothing(): string {
  const table = scoreTable([0.2], [-1], { images: 1, classes: 1 });
  const report = evaluationReport(evaluateScores({ ...table, labels: ['a'] }), subject);
  return toHtml(report, { ...evaluationDetails(table), imageAt: () => ({ name: 'x' }) });
}

describe('toHtml', () => {
  const report = evaluationReport(smallEvaluation(), subject);
  const html = toHtml(report, smallDetails());
  const page = parsePage(html);

  it.each([
    ['with details', html],
    ['without', toHtml(report)],
    ['where nothing is judged', pageOfNothing()],
    ['with heat maps', pageWithHeat()],
    [
      'of one label without images',
      toHtml(
        evaluationReport(evaluateScores({ labels: ['a'], images: 1, targets: [0], scores: [0.2] }), subject),
      ),
    ],
  ])('is a page that the HTML standard finds no fault with, %s', (_, text) => {
    const { faults, elements } = parsePage(text);
    expect(faults).toEqual([]);
    expect(elements.filter(({ tag }) => tag === 'h1')).toHaveLength(1);
    const ids = elements.flatMap(({ attributes: { id } }) => (id ? [id] : []));
    expect(new Set(ids).size).toBe(ids.length);
    for (const { attributes } of elements) {
      const wanted = [
        ...(attributes['aria-labelledby']?.split(' ') ?? []),
        ...(attributes['href'] ? [attributes['href'].slice(1)] : []),
      ];
      for (const id of wanted) expect(ids).toContain(id);
    }
    expect(text).not.toMatch(/NaN|undefined|Infinity|\[object/);
  });

  it.each([
    '<p>a<p>b</p>',
    '<p>a</p></p>',
    '<p a="1" a="2"></p>',
    '<table><tr><td>a</td></tr></table>',
    'a & b &amp',
    '<svg><path></svg>',
  ])('would be found fault with for %s', (body) => {
    const document = `<!DOCTYPE html><html><head><title>t</title></head><body>${body}</body></html>`;
    expect(parsePage(document).faults).not.toEqual([]);
  });

  it('loads nothing: no address, and a policy that allows none', () => {
    expect(html).not.toMatch(/https?:|\/\/\w|@import|url\(/);
    for (const { tag, attributes } of page.elements) {
      expect(['link', 'iframe', 'object', 'embed', 'base', 'form']).not.toContain(tag);
      if ('src' in attributes) expect(attributes['src']).toMatch(/^data:image\/png;base64,/);
      if ('href' in attributes) expect(attributes['href']).toMatch(/^#/);
    }
    const policy = page.find('meta').find(({ attributes }) => attributes['http-equiv'])!.attributes[
      'content'
    ];
    expect(policy).toMatch(
      /^default-src 'none'; img-src data:; style-src 'unsafe-inline'; script-src( 'sha256-[\w+/]+={0,2}'){3}$/,
    );
    expect(page.find('script').map(({ attributes }) => attributes['type'])).toEqual([
      'application/json',
      ...[undefined, undefined, undefined],
    ]);
  });

  it('lays a heat map over the picture of a mistake, in its shape, and lets it be hidden', () => {
    const heated = parsePage(pageWithHeat());
    const maps = heated.find('img', 'heat');
    expect(maps.map(({ attributes }) => [attributes['alt'], attributes['src']])).toEqual([
      ['', `data:image/png;base64,${Buffer.from(PNG.slice(1)).toString('base64')}`],
    ]);
    expect(heated.find('span', 'heated')[0].attributes['style']).toBe('--ratio:1.333');
    expect(heated.find('input').filter(({ attributes }) => attributes['id'] === 'heat-shown')).toHaveLength(
      1,
    );
    expect(page.find('input').filter(({ attributes }) => attributes['id'] === 'heat-shown')).toEqual([]);
  });

  it('gives every drawing a title, every heading cell a scope, and headings without a gap', () => {
    for (const svg of html.match(/<svg role="img"[^]*?<\/svg>|<svg class="unit"[^]*?<\/svg>/g)!)
      expect(svg).toMatch(/<title[^>]*>\S/);
    for (const { attributes } of page.find('th')) expect(attributes['scope']).toMatch(/^(row|col)$/);
    const levels = page.elements.flatMap(({ tag }) => (/^h[1-6]$/.test(tag) ? [Number(tag[1])] : []));
    levels.forEach((level, i) => expect(level).toBeLessThanOrEqual((levels[i - 1] ?? 0) + 1));
  });

  it('shows the figures, each with what it is', () => {
    // As for the text table: mAP 94.44; CF1 65.63, OF1 83.33 at 0.5.
    const names = page.find('dt').map(({ text }) => text);
    const values = page.find('dd', 'value').map(({ text }) => text);
    expect(names.slice(3)).toEqual([
      ...['mAP', 'CF1 own thresholds', 'OF1 own thresholds', 'CF1 score > 0.5', 'OF1 score > 0.5'],
      ...['CF1 top 3', 'OF1 top 3', 'Exact match score > 0.5'],
    ]);
    expect([values[0], ...values.slice(3, 5)]).toEqual(['94.44', '65.63', '83.33']);
    expect(values[7]).toBe((100 * report.exactMatch).toFixed(2));
    const texts = page.find('p', 'note').map(({ text }) => text);
    expect(texts).toContain(
      'mAP over all 4 labels, as in papers: 70.83, with 0 for the 1 label without images: zebra.',
    );
    expect(page.find('title')[0].text).toBe('mAP 94.44: small on val.json');
  });

  it('lists every label in the table, and draws those with images, best average precision first', () => {
    const table = html.match(/<table class="sortable"[^]*?<\/table>/)![0];
    const rows = [...table.matchAll(/<tr[^>]*>(.*?)<\/tr>/g)]
      .slice(1)
      .map(([, row]) => row.split(/<[^>]+>/).filter((cell) => cell !== ''));
    // From its own threshold on: boat has 0.9, 0.8, which is wrong, and 0.7; car 0.7, the 0.9 is not judged.
    expect(rows).toEqual([
      ['dog', '2', '100.00', '0.7', '100.00', '100.00', '100.00'],
      ['car', '1', '100.00', '0.5', '100.00', '100.00', '100.00'],
      ['boat', '2', '83.33', '0.7', '66.67', '100.00', '80.00'],
      ['zebra', '0', '–', '0.5', '–', '–', '–'],
    ]);
    const bars = page.find('path', 'bar').map(({ attributes: { d } }) => Number(d.match(/h([\d.]+)v/)![1]));
    const track = Number(page.find('path', 'track')[0].attributes['d'].match(/h([\d.]+)v/)![1]);
    expect(bars).toEqual([track, track, Number(((track * 5) / 6).toFixed(1))]);
    expect(page.find('g').map(({ text }) => text.split(':')[0])).toEqual(['dog', 'car', 'boat']);
  });

  it('marks precision and recall of the three ways to decide on the curve', () => {
    const chart = html.match(/<svg class="unit"[^>]*overall-title[^]*?<\/svg>/)![0];
    const at = [...chart.matchAll(/class="marker" (?:cx="([\d.]+)" cy="([\d.]+)"|d="M([\d.]+) ([\d.]+))/g)];
    const places = at.map(([, a, b, c, d]) => [Number(a ?? c), Number(b ?? d)]);
    // The area of the chart: 300 wide from 44, 240 high from 10.
    const expected = [report.threshold, report.classThresholds!, report.top3].map(({ OP, OR }) => [
      Number((44 + 300 * OR).toFixed(1)),
      Number((250 - 240 * OP).toFixed(1)),
    ]);
    expect(places).toEqual(expected);
  });

  it('shows the mistakes with what is known of the image', () => {
    const mistakes = page.find('li').filter(({ text }) => text.includes('labels: '));
    // boat scores 0.8 on the second image; the highest score of an absent label of the others is dog 0.6.
    expect(mistakes[0].text.trim()).toBe('boat 0.800photo-1.jpglabels: boat');
    expect(mistakes[1].text.trim()).toBe('dog 0.600photo-0.jpglabels: boat');
    const [picture] = page.find('img');
    expect(picture.attributes['alt']).toBe('Photograph with boat');
    const encoded = picture.attributes['src'].replace('data:image/png;base64,', '');
    expect(Buffer.from(encoded, 'base64')).toEqual(Buffer.from(PNG));
  });

  it('leaves hostile names what they are: text', () => {
    const labels = [
      '</title></style></script><script>alert(1)</script>',
      '"><img src=x onerror=alert(1)>',
      '\u202egnirts \u05d0\u05d1 \u0000\u0007',
      "' onload='alert(1)",
    ];
    const details = smallDetails();
    const hostile = toHtml(
      evaluationReport(smallEvaluation(labels), { model: '<b>"m"</b>', dataSet: "--></main>'" }),
      { ...details, imageAt: (image) => ({ ...details.imageAt(image), name: '"><script>', labels }) },
    );
    const { faults, elements, find } = parsePage(hostile);
    expect(faults).toEqual([]);
    expect(elements.map(({ tag }) => tag).filter((tag) => tag === 'script' || tag === 'b')).toEqual(
      Array(4).fill('script'),
    );
    for (const { attributes } of elements)
      for (const name of Object.keys(attributes)) expect(name).not.toMatch(/^on/);
    const names = new Set(find('bdi').map(({ text }) => text));
    for (const label of [
      labels[0],
      labels[1],
      labels[3],
      '\\u202egnirts \u05d0\u05d1 \\x00\\x07',
      '<b>"m"</b>',
      '"><script>',
    ])
      expect(names).toContain(label);
  });

  it('is the same for the same numbers, and small', () => {
    const large = largePage();
    expect(largePage()).toBe(large);
    expect(parsePage(large).faults).toEqual([]);
    expect(Buffer.byteLength(large)).toBeLessThan(300_000);
  });

  it('draws the best and the worst of very many labels', () => {
    const labels = Array.from({ length: 500 }, (_, k) => `label ${k}`);
    const targets = new Float32Array(1000).fill(1, 0, 500);
    const scores = Float64Array.from(targets, (_, i) => (i < 500 && i % 2 ? 0.2 : 0.4));
    const table = scoreTable(scores, targets, { images: 2, classes: 500 });
    const details = { ...evaluationDetails(table), imageAt: () => ({ name: 'x' }) };
    const html = toHtml(evaluationReport(evaluateScores({ ...table, labels }), subject), details);
    const many = parsePage(html);
    expect(many.find('path', 'bar')).toHaveLength(120);
    expect(many.find('path', 'area')).toHaveLength(100);
    expect(html.match(/<table class="sortable"[^]*?<\/table>/)![0].match(/<th scope="row">/g)).toHaveLength(
      500,
    );
  });
});
