import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { jest } from '@jest/globals';
import { chooseWrites, failWrites } from './fail-writes.js';
import { VERBS } from './verbs.js';
import { withFaultyPrograms } from './with-faulty-programs.js';

const built = ['trainer', 'evaluator'].every((app) =>
  existsSync(fileURLToPath(new URL(`../../../../apps/${app}/dist/index.js`, import.meta.url))),
);
if (!built) process.stderr.write('No write is made to fail: build the apps first.\n');

jest.setTimeout(600_000);

// `npm run soak -- --faults` lets the writes of every verb fail; this is the short version.
(built ? it : it.skip)(
  'a verb whose write fails ends with 7, leaves nothing half-written and can be run again',
  async () => {
    await withFaultyPrograms(async (made) => {
      const tried = async (name: string, which: 'all' | number, alone?: number) => {
        const counts = await failWrites(
          VERBS.find((verb) => verb.name === name)!,
          { ...made, which, alone },
        );
        expect([name, counts.wrong]).toEqual([name, []]);
        return counts;
      };
      expect(await tried('init', 'all', 3)).toEqual({ writes: 5, tried: 5, alone: 2, wrong: [] });
      // The folder; the file aside: opened, written, flushed; its name.
      expect((await tried('prepare csv', 'all')).tried).toBe(5);
      // Each of the two files replaces one of before.
      expect((await tried('embed, over earlier vectors', 5)).tried).toBeGreaterThan(2);
      expect((await tried('thresholds', 5)).tried).toBeGreaterThan(2);
      expect((await tried('fit', 60)).tried).toBeGreaterThan(1);
    });
  },
);

it('of writes that repeat the first, a middle and the last fail, of those of another verb one in ten kinds', () => {
  const own = ['open a.json', 'write a.json', ...Array.from({ length: 5 }, (_, i) => `write trial-${i}.csv`)];
  const inner = Array.from({ length: 12 }, (_, i) => `open fold/${String.fromCharCode(97 + i)}`);
  const writes = [...own, ...inner, ...inner];
  expect(chooseWrites(writes, 'kinds', / fold\//)).toEqual([1, 2, 3, 5, 7, 8, 18]);
  expect(chooseWrites(writes, 'kinds')).toHaveLength(5 + 2 * inner.length);
  expect(chooseWrites(writes, 'all', / fold\//)).toHaveLength(writes.length);
  expect(chooseWrites(writes, 10, / fold\//)).toEqual([1, 11, 21, 31]);
});
