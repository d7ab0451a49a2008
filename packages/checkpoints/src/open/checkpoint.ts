import type { StoredTensor, TensorDescription } from '../tensors/stored-tensor.js';

export type CheckpointFormat = 'safetensors' | 'pytorch-zip' | 'pytorch-legacy' | 'npz' | 'npy';

/** A file of weights in any format. Only its description is in memory; close it when done. */
export interface Checkpoint {
  readonly path: string;
  readonly format: CheckpointFormat;
  /** Types and shapes by key, in the order of the file. */
  readonly entries: ReadonlyMap<string, TensorDescription>;
  /** Of a `.pth` file: what in the weights' place is not made, by its name, and the class or function that would make it. */
  readonly unread?: ReadonlyMap<string, string>;
  /** Names of the classes that the weights are for, in their order, where the file says them. */
  readonly classNames?: readonly string[];
  /** Of a `.pth` file: the key of the dict that the weights are in, nested ones joined by a dot; undefined for the whole file. */
  readonly container?: string;
  /** Keys of other dicts with as many tensors of the same shapes, e.g. an average beside the weights. */
  readonly otherContainers?: readonly string[];
  /**
   * Reads one tensor: row-major, elements as they are stored (half floats widened).
   *
   * @throws CheckpointError `checkpoint/missing-key`, `checkpoint/truncated`, `checkpoint/read-failed`
   */
  read(key: string): Promise<StoredTensor>;
  close(): Promise<void>;
}
