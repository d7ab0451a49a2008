import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { assignmentsOf, gridTrials, readGrid, readSpace, suggested } from './settings.js';

let folder: string;
beforeAll(async () => void (folder = await mkdtemp(join(tmpdir(), 'polytag-space-'))));
afterAll(() => rm(folder, { recursive: true }));

it('makes every combination of a grid, the last key changing first', () => {
  const trials = gridTrials({ a: [1, 2], b: ['x', { y: 3 }] });
  expect(trials).toEqual([
    { a: 1, b: 'x' },
    { a: 1, b: { y: 3 } },
    { a: 2, b: 'x' },
    { a: 2, b: { y: 3 } },
  ]);
  expect(assignmentsOf(trials[1])).toEqual(['a=1', 'b={"y":3}']);
});

it('refuses a grid that nobody can train, before it is unfolded', async () => {
  const keys = Array.from({ length: 10 }, (_, i) => `k${i}: [0, 1, 2, 3, 4, 5, 6, 7, 8, 9]`);
  await writeFile(join(folder, 'grid.yaml'), keys.join('\n'));
  await expect(readGrid(join(folder, 'grid.yaml'))).rejects.toMatchObject({
    code: 'usage/grid',
    message: expect.stringContaining('has 10,000,000,000 combinations; a sweep trains at most 100,000.'),
  });
  await writeFile(join(folder, 'grid.yaml'), keys.slice(0, 4).join('\n'));
  expect(gridTrials(await readGrid(join(folder, 'grid.yaml')))).toHaveLength(10_000);
});

const spaceOf = async (text: string) => {
  await writeFile(join(folder, 'space.yaml'), text);
  return readSpace(join(folder, 'space.yaml'));
};

it('suggests values of the space, the same for the same trials, and learns from them', async () => {
  const space = await spaceOf('rate: {min: 1e-4, max: 0.1, log: true}\nsize: {min: 1, max: 9, integer: true}\nloss: [bce, {name: asl}]\n'); // prettier-ignore
  const tried = Array.from({ length: 40 }, (_, i) => {
    const settings = suggested(space, [], { seed: 1, trial: i + 1 });
    return { settings, score: -Math.abs(Math.log((settings['rate'] as number) / 0.01)) };
  });
  for (const { settings } of tried) {
    expect(settings['rate']).toBeGreaterThanOrEqual(1e-4);
    expect(settings['rate']).toBeLessThanOrEqual(0.1);
    expect([1, 2, 3, 4, 5, 6, 7, 8, 9]).toContain(settings['size']);
    expect(['bce', { name: 'asl' }]).toContainEqual(settings['loss']);
  }
  const next = Array.from({ length: 40 }, (_, i) => suggested(space, tried, { seed: 1, trial: 41 + i }));
  expect(next).toEqual(next.map((_, i) => suggested(space, tried, { seed: 1, trial: 41 + i })));
  const distance = (rates: number[]) =>
    rates.reduce((sum, rate) => sum + Math.abs(Math.log(rate / 0.01)), 0) / rates.length;
  const ratesOf = (all: { readonly rate?: unknown }[]) => all.map(({ rate }) => rate as number);
  expect(distance(ratesOf(next))).toBeLessThan(distance(ratesOf(tried.map(({ settings }) => settings))) / 2);
});

it('suggests no value outside a narrow interval, though values are rounded', async () => {
  const space = await spaceOf(
    'rate: {min: 0.01234, max: 0.01236}\nsize: {min: 1.6, max: 2.3, integer: true}\n',
  );
  for (let trial = 1; trial <= 20; trial++) {
    const { rate, size } = suggested(space, [], { seed: 1, trial });
    expect(rate).toBeGreaterThanOrEqual(0.01234);
    expect(rate).toBeLessThanOrEqual(0.01236);
    expect(size).toBe(2);
  }
});

it.each([
  '[]',
  'size: {min: 1.2, max: 1.8, integer: true}',
  'rate: 3',
  'rate: {min: 1, max: 1}',
  'rate: {min: 0, max: 1, log: true}',
  'rate: [1]',
  'rate: {min: 1, max: 2, lg: true}',
])('refuses the space %s', async (text) => {
  await expect(spaceOf(text)).rejects.toMatchObject({ code: 'usage/search-space', exitCode: 2 });
});
