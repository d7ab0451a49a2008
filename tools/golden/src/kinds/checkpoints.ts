import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  openCheckpoint,
  parseSafetensors,
  PickledObject,
  PytorchFile,
  TensorView,
  type Dtype,
  type PickleValue,
  type StoredTensor,
} from '@polytag/checkpoints';
import { CheckpointError } from '@polytag/core';
import { expectSame } from '../compare.js';
import type { KindRunners } from '../runner.js';

const TORCH_NAMES: Readonly<Record<Dtype, string>> = {
  F64: 'torch.float64',
  F32: 'torch.float32',
  F16: 'torch.float16',
  BF16: 'torch.bfloat16',
  I64: 'torch.int64',
  I32: 'torch.int32',
  I16: 'torch.int16',
  I8: 'torch.int8',
  U8: 'torch.uint8',
  BOOL: 'torch.bool',
};

/** A pickled value in the manifest's notation. */
function described(value: PickleValue): unknown {
  if (value instanceof TensorView) return { $tensor: value.shape, dtype: TORCH_NAMES[value.dtype] };
  if (value instanceof Map) {
    return Object.fromEntries([...value].map(([key, inner]) => [String(key), described(inner)]));
  }
  if (Array.isArray(value)) return (value as readonly PickleValue[]).map(described);
  if (value instanceof PickledObject) throw new Error(`a ${value.kind} among the values`);
  return value;
}

/** Bit by bit; a NaN equals any other. */
function expectSameTensor(what: string, got: StoredTensor, expected: StoredTensor): void {
  expectSame(`${what} type and shape`, [got.dtype, got.shape], [expected.dtype, expected.shape]);
  const values = Array.from<number | bigint>(got.data as Iterable<number | bigint>);
  const differs = values.findIndex((value, i) => !Object.is(value, expected.data[i]));
  if (got.data.length !== expected.data.length || differs >= 0) {
    throw new Error(`${what}[${differs}]: ${got.data[differs]}, expected ${expected.data[differs]}`);
  }
}

export const checkpointKinds: KindRunners = {
  checkpoint: {
    withoutEngine: true,
    run: async (golden, { fixtures }) => {
      const expected = parseSafetensors(readFileSync(join(fixtures.folder, golden['tensors_file']))).tensors;
      for (const [container, path] of Object.entries<string>(golden['files'])) {
        const what = `${golden.id} ${container}`;
        const file = await PytorchFile.open(join(fixtures.folder, path));
        try {
          expectSame(
            `${what} container`,
            file.format,
            container === 'legacy' ? 'pytorch-legacy' : 'pytorch-zip',
          );
          if (golden['structure'])
            expectSame(`${what} structure`, described(file.value), golden['structure']);
          const tensors = file.allTensors();
          expectSame(`${what} tensors`, [...tensors.keys()].sort(), [...expected.keys()].sort());
          for (const [name, view] of tensors) {
            expectSameTensor(`${what} ${name}`, await file.readView(view), expected.get(name)!);
          }
        } finally {
          await file.close();
        }
      }
    },
  },
  checkpoint_reject: {
    withoutEngine: true,
    run: async (golden, { fixtures }) => {
      try {
        await (await openCheckpoint(join(fixtures.folder, golden.file!))).close();
      } catch (error) {
        if (error instanceof CheckpointError) return;
        throw error;
      }
      throw new Error(`${golden.id} was read: ${golden['why']}`);
    },
  },
};
