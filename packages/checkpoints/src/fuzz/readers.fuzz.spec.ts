/**
 * Damages files of every format and reads them. `npm run fuzz -- --inputs N` sets how many there are; the test
 * suite reads a few thousand.
 */
import { CheckpointError, RandomStream } from '@polytag/core';
import { bytesInMemory } from '../bytes/byte-source.js';
import { checkpointIn } from '../open/open-checkpoint.js';
import { MAX_REPEATED_ELEMENTS } from '../pytorch/tensor-view.js';
import {
  concat,
  dict,
  floats,
  little,
  op,
  pickle,
  tensor,
  tensorArguments,
  torchLegacy,
  tuple,
  zip,
} from '../pytorch/torch-file.fixture.js';
import { serialiseSafetensors } from '../safetensors/serialise.js';
import { elementCount } from '../tensors/stored-tensor.js';

const INPUTS = Number(process.env['POLYTAG_FUZZ_INPUTS'] ?? 6000);
const FIRST = Number(process.env['POLYTAG_FUZZ_FIRST'] ?? 0);

type Mutation = (random: RandomStream) => Uint8Array;
const pick = <T>(random: RandomStream, values: readonly T[]): T => values[random.integer(values.length)];

/** Numbers at which size arithmetic goes wrong. */
const EDGES = [0, 1, 2, 0x7f, 0x80, 0xff, 0x7fff, 0xffff, 0x7fffffff, 0x80000000, 0xfffffffe, 0xffffffff];

/** A few small changes anywhere: a byte, an edge number, a part cut out, doubled or moved, the end cut off. */
function damaged(bytes: Uint8Array, random: RandomStream): Uint8Array {
  let result: Uint8Array = bytes.slice();
  for (let n = random.integer(3); n >= 0; n--) {
    const at = random.integer(result.length + 1);
    const to = Math.min(result.length, at + 1 + random.integer(24));
    switch (random.integer(6)) {
      case 0:
        result[at % Math.max(result.length, 1)] = random.integer(256);
        break;
      case 1:
        result = concat(result.subarray(0, at), little(pick(random, EDGES), 4), result.subarray(at + 4));
        break;
      case 2:
        result = concat(result.subarray(0, at), result.subarray(to));
        break;
      case 3:
        result = concat(result.subarray(0, to), result.subarray(at, to), result.subarray(to));
        break;
      case 4:
        result = concat(result.subarray(to), result.subarray(0, to));
        break;
      default:
        result = result.subarray(0, at);
    }
  }
  return result;
}

const data = floats(...Array.from({ length: 24 }, (_, i) => i));
const state = dict({
  tagged: concat(
    op.global('torch._tensor', '_rebuild_from_type_v2'),
    tuple(
      op.global('torch._utils', '_rebuild_tensor_v2'),
      op.global('torch', 'Tensor'),
      tensorArguments({ key: '0', shape: [4, 6] }),
      dict({ tag: op.none }),
    ),
    op.reduce,
  ),
  complex: tensor({ key: '2', shape: [1], type: 'ComplexFloatStorage' }),
  weight: tensor({ key: '0', shape: [2, 3, 4] }),
  turned: tensor({ key: '0', shape: [4, 6], strides: [1, 4], elements: 24 }),
  repeated: tensor({ key: '1', shape: [5, 2], strides: [0, 1], elements: 2, type: 'HalfStorage' }),
});
const value = dict({
  state_dict: concat(state, dict({ _metadata: op.emptyDict }), op.build),
  epoch: op.int(3),
  options: concat(
    op.global('argparse', 'Namespace'),
    op.emptyTuple,
    op.reduce,
    dict({ a: op.none }),
    op.build,
  ),
  score: concat(
    op.global('numpy.core.multiarray', 'scalar'),
    tuple(
      concat(
        op.global('numpy', 'dtype'),
        tuple(op.text('f2')),
        op.reduce,
        tuple(op.int(3), op.text('<')),
        op.build,
      ),
      concat(op.global('_codecs', 'encode'), tuple(op.text('\0<'), op.text('latin1')), op.reduce),
    ),
    op.reduce,
  ),
  path: concat(
    op.global('pathlib', 'PosixPath'),
    tuple(op.text('x')),
    op.reduce,
    dict({ a: op.none }),
    op.build,
  ),
  milestones: concat(op.global('collections', 'Counter'), tuple(dict({ 3: op.int(1) })), op.reduce),
});
const half = Uint8Array.of(0, 0x3c, 0, 0x40);
const torchFiles = {
  'a/data.pkl': pickle(value),
  'a/data/0': data,
  'a/data/1': half,
  'a/data/2': data.subarray(0, 8),
  'a/byteorder': Uint8Array.from(Buffer.from('little')),
};
const legacy = torchLegacy(value, { 0: [24, data], 1: [2, half], 2: [1, data.subarray(0, 8)] });

const npyOf = (header: string): Uint8Array =>
  concat(
    [0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59, 1, 0],
    little(header.length, 2),
    Buffer.from(header, 'latin1'),
    data,
  );
const npy = npyOf("{'descr': '<f4', 'fortran_order': True, 'shape': (2, 3, 4), }\n");

const safetensors = serialiseSafetensors(
  {
    'a.weight': { shape: [2, 3, 4], data: Float32Array.from({ length: 24 }, (_, i) => i) },
    b: { shape: [2], data: Float32Array.of(1, 2), dtype: 'BF16' },
  },
  { format: 'pt' },
);

/** Damages one member and packs again, so that checksums and directory are whole and the content is reached. */
function inMember(files: Readonly<Record<string, Uint8Array>>, random: RandomStream): Uint8Array {
  const name = pick(random, Object.keys(files));
  const renamed = random.integer(8) === 0 ? pick(random, ['a/data/3', '../x', 'a/data.pkl/', 'b.npy']) : name;
  const entries = Object.entries(files).map(([key, bytes]): [string, Uint8Array] =>
    key === name ? [renamed, damaged(bytes, random)] : [key, bytes],
  );
  return zip(Object.fromEntries(entries), random.integer(4) === 0);
}

const targets: Readonly<Record<string, readonly Mutation[]>> = {
  'pth zip': [
    (random) => inMember(torchFiles, random),
    (random) => zip({ ...torchFiles, 'a/data.pkl': damaged(torchFiles['a/data.pkl'], random) }),
    (random) => damaged(zip(torchFiles), random),
  ],
  'pth legacy': [(random) => damaged(legacy, random)],
  npz: [
    (random) => inMember({ 'w.npy': npy, 'v.npy': npy }, random),
    (random) => damaged(zip({ 'w.npy': npy }, random.integer(2) === 0), random),
  ],
  npy: [(random) => damaged(npy, random)],
  safetensors: [(random) => damaged(safetensors, random)],
};

/** Opens and reads everything. */
async function readAll(bytes: Uint8Array): Promise<string> {
  try {
    const file = await checkpointIn(bytesInMemory(bytes, 'fuzzed'));
    for (const [key, { dtype, shape }] of file.entries) {
      const found = await file.read(key);
      expect([found.dtype, found.shape, found.data.length]).toEqual([dtype, shape, elementCount(shape)]);
      // Nothing is larger than the file, or than what a view may repeat.
      expect(found.data.length).toBeLessThanOrEqual(Math.max(MAX_REPEATED_ELEMENTS, bytes.length * 1032));
    }
    await file.close();
    return 'read';
  } catch (error) {
    if (!(error instanceof CheckpointError)) throw error;
    return error.code;
  }
}

describe.each(Object.entries(targets))('%s under damage', (name, mutations) => {
  it(
    'is read, or refused with a CheckpointError',
    async () => {
      const outcomes = new Map<string, number>();
      let slowest = 0;
      const inputs = Math.ceil(INPUTS / Object.keys(targets).length);
      for (let i = FIRST; i < FIRST + inputs; i++) {
        const bytes = mutations[i % mutations.length](new RandomStream(1, `fuzz/${name}/${i}`));
        const start = performance.now();
        const outcome = await readAll(bytes).catch((cause: unknown) => {
          throw new Error(`input ${i}: ${Buffer.from(bytes).toString('base64')}`, { cause });
        });
        slowest = Math.max(slowest, performance.now() - start);
        outcomes.set(outcome, (outcomes.get(outcome) ?? 0) + 1);
      }
      if (process.env['POLYTAG_FUZZ_INPUTS']) {
        const counts = [...outcomes].sort(([, a], [, b]) => b - a).map(([code, count]) => `${code} ${count}`);
        process.stdout.write(
          `${name}: ${inputs} inputs, slowest ${slowest.toFixed(0)} ms; ${counts.join(', ')}\n`,
        );
      }
      // Some damage does not matter, most is noticed.
      expect(outcomes.get('read')).toBeGreaterThan(0);
      expect(outcomes.size).toBeGreaterThan(2);
    },
    24 * 3600_000,
  );
});
