import * as fc from 'fast-check';
import { CheckpointError } from '@polytag/core';
import { externalTensor, message, sumModel, tensor, type Message } from './onnx-file.fixture.js';
import { readOnnxFile } from './onnx-file.js';

const refusal = (bytes: Uint8Array): { code: string; message: string } => {
  try {
    readOnnxFile(bytes, 'm.onnx');
  } catch (error) {
    return error as CheckpointError;
  }
  throw new Error('it was read');
};

it('reads what a file says of itself', () => {
  const file = readOnnxFile(sumModel(), 'm.onnx');
  expect(file).toMatchObject({ irVersion: 8, opset: 17, externalFiles: [] });
  expect(file.inputs).toEqual([{ name: 'x', type: 'float32', shape: ['batch', 2] }]);
  expect(file.outputs).toEqual([{ name: 'sum', type: 'float32', shape: ['batch', 2] }]);
  expect(Object.fromEntries(file.properties)).toEqual({ 'made by': 'hand' });
});

it('takes the opset of the standard operators, also where others come after', () => {
  const opsets = (...imports: Message[]) => readOnnxFile(sumModel(undefined, { 8: imports }), 'm.onnx').opset;
  expect(opsets({ 2: 15 }, { 1: 'com.microsoft', 2: 1 })).toBe(15);
  expect(opsets({ 1: 'ai.onnx', 2: 13 })).toBe(13);
});

it('names files of weights wherever a tensor stands: in the graph, in a node, in a branch, in a function', () => {
  const node = (location: string): Message => ({ 5: [{ 5: externalTensor('t', [1], location) }] });
  const bytes = message({
    7: {
      1: [node('a'), { 5: [{ 6: { 1: [node('b')], 5: [externalTensor('t', [1], 'c')] } }] }],
      15: [{ 1: externalTensor('s', [1], 'd') }],
    },
    8: [{ 2: 17 }],
    25: [{ 7: [node('e')] }],
  });
  expect(new Set(readOnnxFile(bytes, 'm.onnx').externalFiles)).toEqual(new Set(['a', 'b', 'c', 'd', 'e']));
});

it('says where the weights of each file end', () => {
  const nodes = [
    { 5: [{ 5: externalTensor('a', [2, 3], 'w', { offset: '100', length: '24' }) }] },
    { 5: [{ 5: externalTensor('b', [5], 'w', { offset: '8' }) }] },
    { 5: [{ 5: externalTensor('c', [1], 'v') }] },
  ];
  const { externalBytes } = readOnnxFile(message({ 7: { 1: nodes }, 8: [{ 2: 17 }] }), 'm.onnx');
  expect(Object.fromEntries(externalBytes)).toEqual({ w: 124, v: 4 });
});

it.each([
  ['offset', '-4'],
  ['length', 'all'],
])('refuses weights whose %s in their file is %s', (key, value) => {
  const { code, message: text } = refusal(sumModel(externalTensor('w', [2], 'w.bin', { [key]: value })));
  expect(code).toBe('checkpoint/onnx');
  expect(text).toContain(`the ${key} of its tensor "w" in a file of weights is "${value}"`);
});

it('refuses a file without an opset, or with those of others alone', () => {
  for (const imports of [[], [{ 1: 'com.microsoft', 2: 1 }]])
    expect(refusal(sumModel(undefined, { 8: imports })).code).toBe('checkpoint/onnx-opset');
});

it.each<[string, readonly (number | bigint)[]]>([
  ['a million million values', [1_000_000, 1_000_000]],
  ['more than integers can count', [2n ** 62n, 2n ** 62n]],
  ['a negative size', [-2n, 2]],
])('refuses a tensor of %s, which the file does not hold', (_, dims) => {
  const { code, message: text } = refusal(sumModel(tensor('w', dims, [1, 2])));
  expect(code).toBe('checkpoint/onnx');
  expect(text).toMatch(/its tensor "w" has shape \[/);
});

it('refuses graphs within graphs without end', () => {
  let graph: Message = {};
  for (let depth = 0; depth < 200; depth++) graph = { 1: [{ 5: [{ 6: graph }] }] };
  expect(refusal(message({ 7: graph, 8: [{ 2: 17 }] })).code).toBe('checkpoint/onnx');
});

it('reads or refuses whatever the bytes are, with an error of its own', () => {
  const whole = sumModel();
  const readOrRefused = (bytes: Uint8Array) => {
    try {
      readOnnxFile(bytes, 'm.onnx');
    } catch (error) {
      expect(error).toBeInstanceOf(CheckpointError);
    }
  };
  fc.assert(fc.property(fc.uint8Array({ maxLength: 300 }), readOrRefused));
  fc.assert(
    fc.property(
      fc.nat(whole.length - 1),
      fc.integer({ min: 0, max: 255 }),
      fc.nat(whole.length),
      (at, value, length) => {
        const bytes = Uint8Array.from(whole);
        bytes[at] = value;
        readOrRefused(bytes.subarray(0, length));
      },
    ),
  );
});
