import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { useEngine } from '@polytag/engine';
import { binaryCrossEntropy } from '@polytag/losses';
import { cacheFeatures } from '../features/cache-features.js';
import { photographs, smallModel } from '../features/photographs.fixture.js';
import { fitInMemory } from './fit-in-memory.js';
import { fit } from './fit.js';

it('has the numbers and the files of a run in a folder', async () => {
  await useEngine('wasm');
  const root = await mkdtemp(join(tmpdir(), 'polytag-memory-'));
  try {
    const [train, validation] = [
      await photographs(join(root, 'a'), 9),
      await photographs(join(root, 'b'), 6, 50),
    ];
    const run = async <Result>(job: (options: Parameters<typeof fitInMemory>[0]) => Promise<Result>) => {
      const model = await smallModel();
      const folder = join(root, 'cache');
      const sources = {
        train: await cacheFeatures(model, train, {
          folder,
          batchSize: 4,
          shuffle: { seed: 5 },
          dropLast: true,
        }),
        validation: await cacheFeatures(model, validation, { folder, batchSize: 4 }),
      };
      const settings = { epochs: 2, learningRate: 0.02, ema: { decay: 0.8 }, earlyStopping: false as const };
      const result = await job({ model, ...sources, loss: binaryCrossEntropy(), settings, seed: 5 });
      model.dispose();
      return result;
    };
    const inFolder = await run((options) => fit({ ...options, folder: join(root, 'run') }));
    const inMemory = await run(fitInMemory);
    const numbers = (lines: typeof inMemory.metrics) =>
      lines.map(({ loss, mAP, mAPEma }) => [loss, mAP, mAPEma]);
    expect(numbers(inMemory.metrics)).toEqual(numbers(inFolder.metrics));
    expect(inMemory.best).toEqual(inFolder.best);
    for (const [name, content] of Object.entries(inMemory.bestFiles))
      expect([name, Buffer.from(content).equals(await readFile(join(inFolder.bestFolder, name)))]).toEqual([
        name,
        true,
      ]);
    expect(Object.keys(inMemory.bestFiles)).toContain('model.safetensors');
  } finally {
    await rm(root, { recursive: true });
  }
});
