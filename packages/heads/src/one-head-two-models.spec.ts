import type { Head, HeadContext } from '@polytag/core';
import { useEngine } from '@polytag/engine';
import { exportParameters, parametersOf } from '@polytag/layers';
import { applied, randomTensor, run } from './head-model.fixture.js';
import { csraHead } from './csra/index.js';
import { gcnHead } from './gcn/index.js';
import { linearHead } from './linear/index.js';
import { mlDecoderHead } from './ml-decoder/index.js';

beforeAll(() => useEngine('cpu'));

const small = { embedding: 16, heads: 4, feedForward: 24 } as const;
const published: HeadContext['backbone'] = {
  featureChannels: 8,
  penultimate: {
    width: 6,
    batchNorm: true,
    epsilon: 1e-5,
    names: { linear: 'c.0', batchNorm: 'c.1', activation: 'c.2', classifier: 'c.4' },
    linearIsConvolution: false,
  },
};
const named: HeadContext['backbone'] = { featureChannels: 8, classifier: 'last' };

const heads: readonly [string, () => Head][] = [
  ['linear', () => linearHead({ space: 'cosines', scale: 'auto' })],
  ['gcn', () => gcnHead({ space: 'cosines', scale: 'auto', wordDimension: 3 })],
  ['csra', () => csraHead({ space: 'cosines', scale: 'auto', temperatures: [1, 'max'] })],
  ['ml-decoder', () => mlDecoderHead({ ...small, space: 'cosines', scale: 'auto', groups: 3 })],
];

/** Everything a head says of one model: outputs, scale, and where each weight's values go with the labels reversed. */
async function said(given: ReturnType<typeof applied>, labels: number): Promise<unknown> {
  const { built, scale, byLabel } = given;
  const order = Array.from({ length: labels }, (_, i) => labels - 1 - i);
  const state = await exportParameters(parametersOf(built));
  const moved = [...state].map(([key, stored]) => [key, byLabel!(key)?.(stored, order)]);
  return { outputs: run(built, randomTensor([2, 2, 3, 8], 5)), scale, moved };
}

it.each(heads)(
  'one head "%s" builds models of 6 and of 200 labels, each as a new head does',
  async (_, make) => {
    const head = make();
    const few = applied(head, 6, { backbone: published });
    const many = applied(head, 200, { backbone: named });
    expect([few.scale, many.scale]).toEqual([7, Math.sqrt(5) * Math.log(199)]);
    expect(await said(few, 6)).toEqual(await said(applied(make(), 6, { backbone: published }), 6));
    expect(await said(many, 200)).toEqual(await said(applied(make(), 200, { backbone: named }), 200));
  },
);
