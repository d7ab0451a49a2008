import { jest } from '@jest/globals';
import { useEngine } from '@polytag/engine';
import { replaceCpuWeightGradient } from './cpu-weight-gradient.js';
import { Fixtures, type GoldenCase } from './fixtures.js';
import { kinds } from './kinds/index.js';
import type { EngineName } from './runner.js';

// The largest networks take a minute on a busy machine.
jest.setTimeout(120_000);

const fixtures = new Fixtures();
/** Milliseconds; a backbone on the pure JavaScript engine takes a while on a busy machine. */
const TIMEOUT = 300_000;
/** As `npm run golden` asks: published networks on every engine. The layers they are made of run on each in any case. */
const everywhere = process.env['POLYTAG_GOLDEN'] === 'all';
const engines: EngineName[] = [];
for (const name of (process.env['POLYTAG_ENGINES'] ?? 'wasm,cpu').split(',') as EngineName[]) {
  try {
    await useEngine(name);
    engines.push(name);
  } catch (error) {
    // A machine without a graphics card or its software driver; an unknown name is a mistake.
    if (name !== 'webgpu') throw error;
    process.stdout.write(`No golden case is run on ${name}: ${(error as Error).message}\n`);
  }
}
const ran = new Map<string, number>();
const deferred = new Map<string, number>();

const count = (into: Map<string, number>, key: string) => into.set(key, (into.get(key) ?? 0) + 1);

/** Why a case is not run, or undefined. A case that its kind cannot even judge is run, so that it fails by itself. */
function reasonToDefer(golden: GoldenCase): string | undefined {
  const kind = kinds[golden.kind];
  if (!kind) return `kind ${golden.kind} is not built yet`;
  try {
    return kind.outOfScope?.(golden);
  } catch {
    return undefined;
  }
}

const inScope = fixtures.cases.filter((golden) => {
  const reason = reasonToDefer(golden);
  if (reason) count(deferred, reason);
  return !reason;
});

describe.each(engines)('golden cases on %s', (engine) => {
  beforeAll(async () => {
    await useEngine(engine);
    if (engine === 'cpu') replaceCpuWeightGradient();
  });

  for (const golden of inScope) {
    const kind = kinds[golden.kind];
    if ((kind.withoutEngine || (kind.isPublished && !everywhere)) && engine !== engines[0]) continue;
    it(
      `${golden.kind}: ${golden.id}`,
      async () => {
        await kind.run(golden, { fixtures, engine });
        count(ran, `${golden.kind} (${kind.withoutEngine ? 'no engine' : engine})`);
      },
      TIMEOUT,
    );
  }
});

afterAll(() => {
  const lines = (counts: Map<string, number>) => [...counts].map(([name, n]) => `  ${name}: ${n}`).sort();
  process.stdout.write(
    [
      `golden cases from ${fixtures.folder}`,
      'passed:',
      ...lines(ran),
      'not for the parts built so far:',
      ...lines(deferred),
      '',
    ].join('\n'),
  );
});
