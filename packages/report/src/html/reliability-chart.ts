import type { Reliability, ReliabilityBin } from '@polytag/metrics';
import { count, percent, place, roughPercent, short } from '../figures.js';
import { markup, type Markup } from './markup.js';
import { acrossUnit, unitChart, upUnit } from './unit-chart.js';

/** How far scores can be taken for probabilities, drawn and as numbers. */
export function reliabilityChart({ bins, expectedCalibrationError }: Reliability): Markup {
  const filled = bins.filter((bin) => bin.count > 0);
  if (filled.length === 0) return markup`<p>There are no decisions to evaluate.</p>`;
  const most = Math.max(...filled.map((bin) => bin.count));
  const points = filled.map((bin) => ({
    x: place(acrossUnit(bin.meanScore)),
    y: place(upUnit(bin.present)),
    r: place(2 + 5 * Math.sqrt(Math.log1p(bin.count) / Math.log1p(most))),
    bin,
  }));
  const chart = unitChart({
    id: 'reliability',
    title: 'Fraction of labels that are present against their mean score',
    description: `${filled.length} intervals of scores; the table below the chart has the numbers.`,
    across: 'mean score %',
    up: 'label is present %',
    content: [
      markup`<path class="ideal" d="M${acrossUnit(0)} ${upUnit(0)}L${acrossUnit(1)} ${upUnit(1)}"/><path class="curve" d="M${points.map(({ x, y }) => `${x} ${y}`).join('L')}"/>`,
      ...points.map(
        ({ x, y, r, bin }) =>
          markup`<circle class="marker" cx="${x}" cy="${y}" r="${r}"><title>${interval(bin)}: ${count(bin.count)} decisions</title></circle>`,
      ),
    ],
  });
  return markup`<figure><h3>Are scores probabilities?</h3>${chart}
<figcaption><p>Decisions by score, in ${bins.length} intervals. On the dashed line, labels with score p are present in a fraction p of the cases. Above it, scores are too low; below it, too high. Larger dots mean more decisions. Expected calibration error ${percent(expectedCalibrationError)} %: the mean distance from the line, weighted by decisions.</p>
<details><summary>Numbers</summary><table><caption>Per cent</caption><thead><tr><th scope="col">scores</th><th scope="col" class="number">decisions</th><th scope="col" class="number">mean score</th><th scope="col" class="number">present</th></tr></thead><tbody>
${filled.map((bin) => markup`<tr><th scope="row">${interval(bin)}</th><td>${count(bin.count)}</td><td>${roughPercent(bin.meanScore)}</td><td>${roughPercent(bin.present)}</td></tr>`)}</tbody></table></details></figcaption></figure>`;
}

const interval = ({ from, to }: ReliabilityBin) => `${short(from)} to ${short(to)}`;
