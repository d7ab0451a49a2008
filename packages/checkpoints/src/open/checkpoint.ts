import type { StoredTensor, TensorDescription } from '../tensors/stored-tensor.js';

export type CheckpointFormat = 'safetensors' | 'pytorch-zip' | 'pytorch-legacy' | 'npz' | 'npy';

/** A weights file in any format. Only its description is loaded; close it when done. */
export interface Checkpoint {
  readonly path: string;
  readonly format: CheckpointFormat;
  /** Types and shapes by key, in the order of the file. */
  readonly entries: ReadonlyMap<string, TensorDescription>;
  /**
   * For a `.pth` file: objects in place of weights that were not created, by name, with the class or function that they
   * need.
   */
  readonly unread?: ReadonlyMap<string, string>;
  /** Names of the classes of the weights, in order, if the file has them. */
  readonly classNames?: readonly string[] | undefined;
  /**
   * For a `.pth` file: key of the dict that holds the weights, nested ones joined by a dot; undefined for the whole
   * file.
   */
  readonly container?: string;
  /** Keys of other dicts with as many tensors of the same shapes, e.g. an EMA beside the weights. */
  readonly otherContainers?: readonly string[];
  /**
   * Reads one tensor: row-major, elements as stored (half floats are widened).
   *
   * @throws CheckpointError `checkpoint/missing-key`, `checkpoint/truncated`, `checkpoint/read-failed`
   */
  read(key: string): Promise<StoredTensor>;
  close(): Promise<void>;
}
