import { CheckpointError } from '@polytag/core';
import type { PickleValue } from '../pickle/pickle-value.js';

/** What both containers of `torch.save` come to: a pickled value, and the bytes of the storages it refers to. */
export interface TorchContainer {
  readonly format: 'pytorch-zip' | 'pytorch-legacy';
  readonly value: PickleValue;
  /** Part of a storage's block. */
  read(key: string, begin: number, length: number): Promise<Uint8Array<ArrayBuffer>>;
  close(): Promise<void>;
}

/** @throws CheckpointError `checkpoint/storage` when a block has not the size that its type and elements take */
export function requireBlockSize(
  source: string,
  key: string,
  expected: number,
  found: number | undefined,
): void {
  if (found === expected) return;
  throw new CheckpointError(
    'checkpoint/storage',
    found === undefined
      ? `${source} has no storage "${key}", but a tensor refers to it.`
      : `${source}: storage "${key}" has ${found} bytes, but its tensors need ${expected}.`,
    { hint: 'The file is damaged.' },
  );
}
