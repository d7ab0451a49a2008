import { LabelVocabulary, type LabelGraph } from '@polytag/core';
import { useEngine } from '@polytag/engine';
import type { NetworkSummary } from '@polytag/layers';
import { buildModel } from './build-model.js';

beforeAll(() => useEngine('wasm'));

const labels = new LabelVocabulary(Array.from({ length: 80 }, (_, i) => i));
const matrix = (columns: number) => ({ rows: 80, columns, values: new Float32Array(80 * columns) });
const labelGraph: LabelGraph = { cooccurrence: matrix(80), wordVectors: matrix(300) };

async function summaryOf(
  backbone: string,
  head: string,
  size: number,
  vocabulary = labels,
): Promise<NetworkSummary> {
  const model = await buildModel(
    { backbone: { name: backbone }, head: { name: head, options: { space: 'cosines' } } },
    { labels: vocabulary, height: size, width: size, labelGraph, initialWeights: false },
  );
  const summary = model.summarise();
  model.dispose();
  return summary;
}

const millions = (value: number) => value / 1e6;
const milliards = (value: number) => value / 1e9;

describe('the figures of the method, 80 labels', () => {
  // Millions of parameters and milliards of multiply-adds of the authors' networks (docs/architectures.md). The state
  // dicts that were counted for them have the backbone's own classifier too, which the head replaces: `unused` weights.
  it.each([
    ['tresnet-l', 'ml-decoder', 448, 51.5, 36.145, 3, 2048 * 80 + 80],
    ['efficientnet-v2-s', 'ml-decoder', 448, 26.8, 12.18, 2, 0],
    ['efficientnet-v2-s', 'gcn', 448, 22.44, 11.38, 2, 1280 * 80],
    ['efficientnet-v2-s', 'linear', 448, 20.28, 11.38, 2, 0],
    ['efficientnet-v2-l', 'ml-decoder', 448, 123.86, 49.65, 2, 0],
    ['mobilenet-v3-large', 'ml-decoder', 448, 10.58, 1.6, 2, 960 * 1280 + 1280],
  ] as const)('%s with %s at %i', async (backbone, head, size, parameters, multiplyAdds, digits, unused) => {
    const summary = await summaryOf(backbone, head, size);
    expect(millions(summary.parameters + unused)).toBeCloseTo(parameters, 2);
    expect(milliards(summary.multiplyAdds)).toBeCloseTo(multiplyAdds, digits);
  });

  it.each([
    ['tresnet-l', 448, 44.126, 35.24, 2],
    ['tresnet-l', 224, 44.126, 8.81, 2],
    ['tresnet-m', 448, 29.34, 22.93, 2],
    ['efficientnet-v2-s', 448, 20.177, 11.38, 2],
    ['efficientnet-v2-s', 224, 20.177, 2.85, 2],
  ] as const)('%s alone at %i', async (backbone, size, parameters, multiplyAdds, digits) => {
    const { rows } = await summaryOf(backbone, 'linear', size);
    const body = rows.filter(({ name }) => !/^(classifier|head)/.test(name));
    const total = (value: 'parameters' | 'multiplyAdds') => body.reduce((sum, row) => sum + row[value], 0);
    expect(millions(total('parameters'))).toBeCloseTo(parameters, 2);
    expect(milliards(total('multiplyAdds'))).toBeCloseTo(multiplyAdds, digits);
  });

  // The figures of MobileNetV3 are those of the published networks, with their hidden layer and 1000 labels.
  it.each([
    ['mobilenet-v3-large', 448, 0.85, 2],
    ['mobilenet-v3-large', 224, 0.217, 3],
    ['mobilenet-v3-small', 448, 0.22, 2],
    ['mobilenet-v3-small', 224, 0.057, 3],
  ] as const)('%s with its head at %i', async (backbone, size, multiplyAdds, digits) => {
    const thousand = new LabelVocabulary(Array.from({ length: 1000 }, (_, i) => i));
    const summary = await summaryOf(backbone, 'linear', size, thousand);
    expect(milliards(summary.multiplyAdds)).toBeCloseTo(multiplyAdds, digits);
  });
});
