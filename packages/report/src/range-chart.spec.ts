import { rangeChart } from './range-chart.js';

const points = Array.from({ length: 41 }, (_, i) => ({
  learningRate: 10 ** (-4 + i / 10),
  loss: 5 - i / 20 + (i % 2),
  smoothed: 5 - i / 20,
}));

it('draws every point between the axes, with a mark at the suggestion', () => {
  const svg = rangeChart(points, 0.01);
  const lines = [...svg.matchAll(/points="([^"]+)"/g)].map(([, text]) =>
    text.split(' ').map((pair) => pair.split(',').map(Number)),
  );
  expect(lines.map((line) => line.length)).toEqual([41, 41]);
  const smoothed = lines[1];
  expect([smoothed[0][0], smoothed[40][0]]).toEqual([70, 740]);
  // A falling loss goes down the page, in equal steps for equal ratios of the rate.
  smoothed.slice(1).forEach(([x, y], i) => {
    expect(x - smoothed[i][0]).toBeCloseTo(670 / 40, 0);
    expect(y).toBeGreaterThan(smoothed[i][1]);
  });
  // 0.01 is halfway from 0.0001 to 1 in the logarithm.
  expect(svg).toContain('<line x1="405" x2="405" y1="20"');
  expect(svg).toContain('suggested 0.0100');
  for (const decade of ['0.0001', '0.001', '0.01', '0.1', '1']) expect(svg).toContain(`>${decade}</text>`);
});

it('needs nothing else to be shown', () => {
  const svg = rangeChart(points, 0.01);
  expect(svg).not.toMatch(/href|<script|NaN|Infinity/);
});
