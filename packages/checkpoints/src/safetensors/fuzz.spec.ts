import { CheckpointError, RandomStream } from '@polytag/core';
import { parseSafetensors } from './parse.js';
import { serialiseSafetensors } from './serialise.js';

const valid = serialiseSafetensors(
  {
    'conv.weight': { shape: [2, 1, 3, 3], data: new Float32Array(18) },
    'bn.num_batches_tracked': { shape: [], data: new BigInt64Array(1) },
    mask: { shape: [5], data: new Uint8Array(5), dtype: 'BOOL' },
    half: { shape: [0, 4], data: new Float32Array(0), dtype: 'F16' },
  },
  { format: 'pt' },
);
const headerBytes = Number(new DataView(valid.buffer).getBigUint64(0, true));
const header = new TextDecoder().decode(valid.subarray(8, 8 + headerBytes));
const data = valid.subarray(8 + headerBytes);

function assemble(text: string, payload: Uint8Array, length?: bigint): Uint8Array {
  const encoded = new TextEncoder().encode(text);
  const bytes = new Uint8Array(8 + encoded.length + payload.length);
  new DataView(bytes.buffer).setBigUint64(0, length ?? BigInt(encoded.length), true);
  bytes.set(encoded, 8);
  bytes.set(payload, 8 + encoded.length);
  return bytes;
}

const pick = <T>(random: RandomStream, values: readonly T[]): T => values[random.integer(values.length)];

/** Numbers at which size arithmetic goes wrong. */
const NUMBERS = [
  '-1',
  '0',
  '1',
  '3',
  '4294967296',
  '9007199254740991',
  '9007199254740992',
  '1e308',
  '1e999',
  '0.5',
  'null',
  '"4"',
  '[]',
];

/** Damage that keeps the form of the file, so that it reaches the deeper checks. */
const mutations: readonly ((random: RandomStream) => Uint8Array)[] = [
  (random) => {
    const bytes = valid.slice();
    for (let n = random.integer(4); n >= 0; n--) bytes[random.integer(bytes.length)] = random.integer(256);
    return bytes;
  },
  (random) => valid.slice(0, random.integer(valid.length)),
  (random) =>
    assemble(header, data, pick(random, [0n, 1n, 7n, 100_000_000n, 100_000_001n, 2n ** 63n, 2n ** 64n - 1n])),
  (random) => {
    const numbers = [...header.matchAll(/\d+/g)];
    const { index, 0: text } = pick(random, numbers);
    return assemble(header.slice(0, index) + pick(random, NUMBERS) + header.slice(index + text.length), data);
  },
  (random) => {
    // A tensor moved as a whole keeps its size, so that only its place is wrong.
    const places = [...header.matchAll(/\[(\d+),(\d+)\]\}/g)];
    const { index, 0: text, 1: begin, 2: end } = pick(random, places);
    const by = random.integer(9) - 4;
    const moved = `[${Number(begin) + by},${Number(end) + by}]}`;
    return assemble(header.slice(0, index) + moved + header.slice(index + text.length), data);
  },
  (random) => {
    const words = [...header.matchAll(/"[^"]*"/g)];
    const { index } = pick(random, words);
    const { 0: other } = pick(random, words);
    const end = header.indexOf('"', index + 1) + 1;
    return assemble(
      header.slice(0, index) +
        pick(random, [other, '"__proto__"', '"\\ud800"', '{}', '3']) +
        header.slice(end),
      data,
    );
  },
  (random) => {
    const at = random.integer(header.length);
    return assemble(
      header.slice(0, at) +
        pick(random, ['{', '}', '[', ']', ',', '"', '\\', '\u0000', '[['.repeat(5000)]) +
        header.slice(at),
      data,
    );
  },
  (random) =>
    assemble(
      header,
      random.uniform() < 0.5
        ? data.subarray(random.integer(data.length))
        : new Uint8Array(data.length + 1 + random.integer(9)),
    ),
];

describe('parseSafetensors under damage', () => {
  it('reads or refuses with a CheckpointError, never anything else', () => {
    const outcomes = new Map<string, number>();
    for (let i = 0; i < 4000; i++) {
      const random = new RandomStream(1, `fuzz/${i}`);
      const bytes = mutations[i % mutations.length](random);
      let outcome = 'read';
      try {
        for (const { shape, data } of parseSafetensors(bytes).tensors.values()) {
          expect(data.length).toBe(shape.reduce((a, b) => a * b, 1));
        }
      } catch (error) {
        if (!(error instanceof CheckpointError)) throw error;
        outcome = error.code;
      }
      outcomes.set(outcome, (outcomes.get(outcome) ?? 0) + 1);
    }
    // The damage reaches every check.
    expect([...outcomes.keys()].sort()).toEqual(
      [
        'checkpoint/dtype',
        'checkpoint/duplicate-tensor',
        'checkpoint/header-json',
        'checkpoint/header-size',
        'checkpoint/hole',
        'checkpoint/offsets',
        'checkpoint/overlap',
        'checkpoint/shape',
        'checkpoint/size',
        'checkpoint/truncated',
        'read',
      ].sort(),
    );
  });
});
