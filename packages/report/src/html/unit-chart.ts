import { markup, type Content, type Markup } from './markup.js';
import type { Area } from './step-path.js';

const [WIDTH, HEIGHT] = [360, 300];

/** Where the values of a {@link unitChart} are drawn. */
export const UNIT_AREA: Area = { left: 44, top: 10, width: 300, height: 240 };

export const acrossUnit = (value: number): number => UNIT_AREA.left + UNIT_AREA.width * value;
export const upUnit = (value: number): number => UNIT_AREA.top + UNIT_AREA.height * (1 - value);

const TICKS = [0, 0.25, 0.5, 0.75, 1];

/** A drawing with both axes from 0 to 100 %. `id` is unique on the page. */
export function unitChart(chart: {
  readonly id: string;
  readonly title: string;
  readonly description: string;
  readonly across: string;
  readonly up: string;
  readonly content: Content;
}): Markup {
  const { id, title, description, across, up, content } = chart;
  const [left, right, bottom] = [acrossUnit(0), acrossUnit(1), upUnit(0)];
  return markup`<svg class="unit" role="img" aria-labelledby="${id}-title ${id}-desc" viewBox="0 0 ${WIDTH} ${HEIGHT}">
<title id="${id}-title">${title}</title><desc id="${id}-desc">${description}</desc>
${TICKS.map(
  (tick) =>
    markup`<path class="grid" d="M${left} ${upUnit(tick)}H${right}M${acrossUnit(tick)} ${upUnit(1)}V${bottom}"/><text class="tick end" x="${left - 6}" y="${upUnit(tick) + 4}">${100 * tick}</text><text class="tick middle" x="${acrossUnit(tick)}" y="${bottom + 16}">${100 * tick}</text>`,
)}
<text class="axis middle" x="${acrossUnit(0.5)}" y="${HEIGHT - 12}">${across}</text>
<text class="axis middle" transform="translate(12 ${upUnit(0.5)}) rotate(-90)">${up}</text>
${content}</svg>`;
}
