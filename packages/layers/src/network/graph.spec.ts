import { input, model, type SymbolicTensor } from '@tensorflow/tfjs-layers';
import { useEngine } from '@polytag/engine';
import { AddResidual } from '../blocks/add-residual.js';
import { Linear } from '../linear/linear.js';
import { lastReads, topologicalOrder, type NetworkNode } from './graph.js';

beforeAll(() => useEngine('cpu'));

const apply = (layer: Linear | AddResidual, x: SymbolicTensor | SymbolicTensor[]) =>
  layer.apply(x) as SymbolicTensor;

/** x -> a -> b; shared(a) and shared(b), added: the sum needs both, and the shared layer is applied twice. */
function network() {
  const x = input({ shape: [4] });
  const linear = (name: string) => new Linear({ name, units: 4 });
  const [a, shared] = [apply(linear('a'), x), linear('shared')];
  const b = apply(linear('b'), a);
  const second = apply(shared, b);
  const sum = apply(new AddResidual({ name: 'sum' }), [second, apply(shared, a)]);
  return { x, a, b, sum, network: model({ inputs: x, outputs: sum }) };
}

const ids = ({ inputs, outputs }: Pick<NetworkNode, 'inputs' | 'outputs'>) => ({
  inputs: inputs.map(({ id }) => id),
  outputs: outputs.map(({ id }) => id),
});

it('gives each application of a layer once, after those it reads', () => {
  const made = network();
  const nodes = topologicalOrder(made.network);
  expect(nodes.map(({ layer }) => layer.name).sort()).toEqual(['a', 'b', 'shared', 'shared', 'sum']);
  const known = new Set([made.x.id]);
  for (const node of nodes) {
    expect(node.inputs.every(({ id }) => known.has(id))).toBe(true);
    for (const { id } of node.outputs) known.add(id);
  }
  expect(known.has(made.sum.id)).toBe(true);
});

it('begins where the part of a network begins', () => {
  const { a, sum } = network();
  const names = topologicalOrder({ inputs: [a], outputs: [sum] }).map(({ layer }) => layer.name);
  expect(names.sort()).toEqual(['b', 'shared', 'shared', 'sum']);
});

it('frees an edge after its last reader, and neither inputs nor outputs', () => {
  const { x, a, sum, network: whole } = network();
  const nodes = topologicalOrder(whole);
  const freed = lastReads(whole, nodes.map(ids));
  const all = freed.flat();
  expect(new Set(all).size).toBe(all.length);
  expect(all).not.toContain(x.id);
  expect(all).not.toContain(sum.id);
  expect(all.length).toBe(nodes.length - 1);
  const lastReader = nodes.findLastIndex(({ inputs }) => inputs.some(({ id }) => id === a.id));
  expect(freed[lastReader]).toContain(a.id);
});
