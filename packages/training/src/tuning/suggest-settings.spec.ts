import { RandomStream } from '@polytag/core';
import { suggestSettings, type Dimension, type ScoredSettings } from './suggest-settings.js';

const space: Dimension[] = [
  { name: 'loss', kind: 'choice', choices: ['bce', 'aam', 'hill'] },
  { name: 'rate', kind: 'number', min: 1e-4, max: 1e-1, log: true },
  { name: 'scale', kind: 'number', min: 10, max: 40, when: { name: 'loss', is: ['aam'] } },
];

/** Best with the loss aam, rate 0.01 and scale 20. */
const scoreOf = ({ loss, rate, scale }: Record<string, number | string>) =>
  (loss === 'aam' ? 1 - Math.abs(Number(scale) - 20) / 20 : 0) - Math.abs(Math.log10(Number(rate)) + 2);

function search(trials: number, seed: number): ScoredSettings[] {
  const tried: ScoredSettings[] = [];
  for (let i = 0; i < trials; i++) {
    const settings = suggestSettings(space, tried, new RandomStream(seed, `trial/${i}`));
    tried.push({ settings, score: scoreOf(settings) });
  }
  return tried;
}

it('keeps to the space, and asks only what an earlier choice asks for', () => {
  for (const { settings } of search(60, 1)) {
    expect(['bce', 'aam', 'hill']).toContain(settings['loss']);
    expect(settings['rate']).toBeGreaterThanOrEqual(1e-4);
    expect(settings['rate']).toBeLessThanOrEqual(1e-1);
    expect('scale' in settings).toBe(settings['loss'] === 'aam');
    if ('scale' in settings) {
      expect(settings['scale']).toBeGreaterThanOrEqual(10);
      expect(settings['scale']).toBeLessThanOrEqual(40);
    }
  }
});

it('draws the first trials evenly: rates by their logarithm, each choice as often', () => {
  const drawn = Array.from({ length: 900 }, (_, i) =>
    suggestSettings(space, [], new RandomStream(i, 'even')),
  );
  const share = (holds: (one: Record<string, number | string>) => boolean) =>
    drawn.filter(holds).length / drawn.length;
  for (const loss of ['bce', 'aam', 'hill'])
    expect(share((one) => one['loss'] === loss)).toBeCloseTo(1 / 3, 1);
  expect(share(({ rate }) => Number(rate) < 1e-3)).toBeCloseTo(1 / 3, 1);
});

it('is a pure function of the trials before and the stream', () => {
  expect(search(30, 3)).toEqual(search(30, 3));
  expect(search(30, 3)).not.toEqual(search(30, 4));
});

it('finds better settings than even draws do, mean of ten searches', () => {
  const best = (tried: readonly ScoredSettings[]) => Math.max(...tried.map(({ score }) => score));
  const mean = (values: number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;
  const seeds = [...Array(10).keys()];
  const even = (seed: number) =>
    Array.from({ length: 40 }, (_, i) =>
      suggestSettings(space, [], new RandomStream(seed, `trial/${i}`)),
    ).map((settings) => ({ settings, score: scoreOf(settings) }));
  expect(mean(seeds.map((seed) => best(search(40, seed))))).toBeGreaterThan(
    mean(seeds.map((seed) => best(even(seed)))),
  );
});

it('takes a trial of the settings of a config for nothing that it does not say', () => {
  const tried = Array.from({ length: 12 }, (_, i) => ({ settings: {}, score: i }));
  expect(suggestSettings(space, tried, new RandomStream(1, 'x'))).toHaveProperty('rate');
});
