import { useEngine } from '@polytag/engine';
import { Fixtures } from './fixtures.js';
import { lossKinds } from './kinds/losses.js';
const fixtures = new Fixtures();
describe.each(['wasm', 'cpu'] as const)('%s', (engine) => {
  beforeAll(() => useEngine(engine));
  for (const golden of fixtures.cases) {
    const kind = lossKinds[golden.kind];
    if (kind) it(`${golden.kind}: ${golden.id}`, () => kind.run(golden, { fixtures, engine }));
  }
});
