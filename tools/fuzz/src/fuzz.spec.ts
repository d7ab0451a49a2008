import { fuzz } from './fuzz.js';
import { allReaders } from './readers/all-readers.js';

/** Of each reader; `npm run fuzz -- --inputs N` sets how many. */
const INPUTS = Number(process.env['POLYTAG_FUZZ_EACH'] ?? 100);
/** The number of the first one: other numbers are other damage. */
const FIRST = Number(process.env['POLYTAG_FUZZ_FIRST'] ?? 0);
/** Bytes: what a run of the readers may hold, whatever is claimed in a file. */
const MOST_MEMORY = 1.5e9;

it.each(await allReaders())(
  '$name: damaged files are read, or refused with a reason',
  async (reader) => {
    const inputs = Math.max(10, Math.ceil(INPUTS * (reader.share ?? 1)));
    const { outcomes, slowestMs, peakBytes } = await fuzz(reader, inputs, FIRST);
    if (process.env['POLYTAG_FUZZ_EACH']) {
      const counts = [...outcomes].sort(([, a], [, b]) => b - a).map(([code, count]) => `${code} ${count}`);
      process.stdout.write(
        `${reader.name}: ${inputs} inputs, slowest ${slowestMs.toFixed(0)} ms, ${(peakBytes / 1e6).toFixed(0)} MB; ${counts.join(', ')}\n`,
      );
    }
    expect([...outcomes.values()].reduce((sum, count) => sum + count)).toBe(inputs);
    expect(peakBytes).toBeLessThan(MOST_MEMORY);
  },
  24 * 3600_000,
);
