import { input, layers, model } from '@tensorflow/tfjs-layers';
import { useEngine } from '@polytag/engine';
import { Linear } from '../linear/linear.js';
import { assignParameters, exportParameters } from './assign-parameters.js';
import { parametersOf } from './parameters-of.js';

beforeAll(() => useEngine('cpu'));

function twoLayers() {
  const x = input({ shape: [2] });
  const hidden = new Linear({ name: 'body.fc', units: 3 }).apply(x);
  return model({ inputs: x, outputs: layers.dense({ units: 1, name: 'own' }).apply(hidden) as typeof x });
}

describe('assignParameters', () => {
  it('writes what fits and reports the rest', async () => {
    const parameters = parametersOf(twoLayers());
    expect(parameters.map(({ key }) => key)).toEqual([
      'body.fc.weight',
      'body.fc.bias',
      'own.kernel',
      'own.bias',
    ]);
    const before = await exportParameters(parameters);
    const checkpoint: Record<string, { shape: number[]; data: number[] }> = {
      'body.fc.weight': { shape: [3, 2], data: [1, 2, 3, 4, 5, 6] },
      'body.fc.bias': { shape: [4], data: [0, 0, 0, 0] },
    };
    expect(assignParameters(parameters, (key) => checkpoint[key])).toEqual({
      matched: ['body.fc.weight'],
      missing: ['own.kernel', 'own.bias'],
      mismatched: [{ key: 'body.fc.bias', expected: [3], found: [4] }],
    });
    expect([...parameters[0].variable.read().dataSync()]).toEqual([1, 3, 5, 2, 4, 6]);
    const after = await exportParameters(parameters);
    expect(after.get('body.fc.weight')).toEqual({ shape: [3, 2], data: Float32Array.of(1, 2, 3, 4, 5, 6) });
    for (const key of ['body.fc.bias', 'own.kernel', 'own.bias'])
      expect(after.get(key)).toEqual(before.get(key));
  });

  it('takes what exportParameters gives', async () => {
    const [first, second] = [parametersOf(twoLayers()), parametersOf(twoLayers())];
    const state = await exportParameters(first);
    const report = assignParameters(second, (key) => state.get(key));
    expect(report.matched).toHaveLength(4);
    expect(await exportParameters(second)).toEqual(state);
  });
});
