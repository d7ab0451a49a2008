import { reliability, scoreTable } from '@polytag/metrics';
import { parsePage } from './page.fixture.js';
import { reliabilityChart } from './reliability-chart.js';

it('draws what is present against the mean score, and tells the numbers', () => {
  // [0, 0.5): mean 0.25, one of three present; [0.5, 1]: mean 0.75, both.
  const table = scoreTable([0.125, 0.25, 0.375, 0.5, 1], [0, 1, 0, 1, 1], { images: 5, classes: 1 });
  const chart = reliabilityChart(reliability(table, 2)).source;
  const page = parsePage(`<!DOCTYPE html><html><head></head><body>${chart}</body></html>`);
  expect(page.faults).toEqual([]);
  const dots = page.find('circle').map(({ attributes: { cx, cy } }) => [Number(cx), Number(cy)]);
  expect(dots).toEqual([
    [44 + 300 * 0.25, 250 - 240 / 3],
    [44 + 300 * 0.75, 10],
  ]);
  expect(page.find('tr').map(({ text }) => text)).toEqual([
    'scoresdecisionsmean scorepresent',
    '0 to 0.5325.033.3',
    '0.5 to 1275.0100.0',
  ]);
  // 3/5 · (1/3 − 1/4) + 2/5 · 1/4 = 0.15
  expect(chart).toContain('Expected calibration error 15.00 %');
});
