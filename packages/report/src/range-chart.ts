/** A step of a learning-rate range test. */
export interface RangeChartPoint {
  readonly learningRate: number;
  readonly loss: number;
  readonly smoothed: number;
}

const [WIDTH, HEIGHT] = [760, 420];
const FRAME = { left: 70, right: 740, top: 20, bottom: 370 };

/** Chart of loss against learning rate as a self-contained SVG: raw and smoothed loss, and the steepest point. */
export function rangeChart(points: readonly RangeChartPoint[], suggested: number): string {
  const logs = points.map(({ learningRate }) => Math.log10(learningRate));
  const [from, to] = [logs[0], logs[logs.length - 1]];
  const smoothed = points.map((point) => point.smoothed);
  const [least, most] = [Math.min(...smoothed), Math.max(...smoothed)];
  const margin = 0.08 * (most - least || 1);
  const [low, high] = [least - margin, most + margin];
  const x = (log: number) => FRAME.left + ((log - from) / (to - from || 1)) * (FRAME.right - FRAME.left);
  const y = (loss: number) => FRAME.bottom - ((loss - low) / (high - low)) * (FRAME.bottom - FRAME.top);
  const line = (losses: readonly number[], look: string) =>
    `<polyline fill="none" ${look} points="${losses.map((loss, i) => `${round(x(logs[i]))},${round(y(loss))}`).join(' ')}"/>`;
  const raw = line(
    points.map(({ loss }) => loss),
    'stroke="#9db8d2" stroke-width="1" clip-path="url(#frame)"',
  );
  const at = round(x(Math.log10(suggested)));
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${HEIGHT}" width="${WIDTH}" height="${HEIGHT}" font-family="sans-serif" font-size="12">`,
    `<title>Learning-rate range test: suggested ${suggested.toPrecision(3)}</title>`,
    '<rect width="100%" height="100%" fill="#fff"/>',
    `<clipPath id="frame"><rect x="${FRAME.left}" y="${FRAME.top}" width="${FRAME.right - FRAME.left}" height="${FRAME.bottom - FRAME.top}"/></clipPath>`,
    ...decades(from, to).map((log) => gridLine(x(log), label(10 ** log))),
    ...[0, 1, 2, 3, 4].map((i) => levelLine(y, low + (i * (high - low)) / 4)),
    raw,
    line(smoothed, 'stroke="#1f5f99" stroke-width="2"'),
    `<line x1="${at}" x2="${at}" y1="${FRAME.top}" y2="${FRAME.bottom}" stroke="#c0392b" stroke-dasharray="5 4"/>`,
    `<text x="${at}" y="14" text-anchor="middle" fill="#c0392b">suggested ${suggested.toPrecision(3)}</text>`,
    `<text x="${(FRAME.left + FRAME.right) / 2}" y="${HEIGHT - 10}" text-anchor="middle">learning rate</text>`,
    `<text transform="translate(16 ${(FRAME.top + FRAME.bottom) / 2}) rotate(-90)" text-anchor="middle">loss (thin: each batch; thick: smoothed)</text>`,
    '</svg>',
    '',
  ].join('\n');
}

/** Whole powers of ten between two logarithms. */
function decades(from: number, to: number): number[] {
  const first = Math.ceil(from - 1e-9);
  return Array.from({ length: Math.max(Math.floor(to + 1e-9) - first + 1, 0) }, (_, i) => first + i);
}

function gridLine(at: number, text: string): string {
  const x = round(at);
  return (
    `<line x1="${x}" x2="${x}" y1="${FRAME.top}" y2="${FRAME.bottom}" stroke="#e3e3e3"/>` +
    `<text x="${x}" y="${FRAME.bottom + 16}" text-anchor="middle">${text}</text>`
  );
}

function levelLine(y: (loss: number) => number, loss: number): string {
  const at = round(y(loss));
  return (
    `<line x1="${FRAME.left}" x2="${FRAME.right}" y1="${at}" y2="${at}" stroke="#e3e3e3"/>` +
    `<text x="${FRAME.left - 6}" y="${at + 4}" text-anchor="end">${label(loss)}</text>`
  );
}

const label = (value: number) => String(Number(value.toPrecision(3)));
const round = (value: number) => Number(value.toFixed(1));
