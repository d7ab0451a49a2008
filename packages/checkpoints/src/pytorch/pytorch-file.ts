import { openFile, type ByteSource } from '../bytes/byte-source.js';
import type { Checkpoint } from '../open/checkpoint.js';
import { describedAs } from '../open/described-as.js';
import type { PickleValue } from '../pickle/pickle-value.js';
import { refusedGlobal } from '../pickle/refused-global.js';
import type { StoredTensor } from '../tensors/stored-tensor.js';
import { ZipArchive } from '../zip/zip-archive.js';
import { classNamesOf } from './class-names.js';
import { openLegacy } from './legacy-container.js';
import { namedTensors } from './named-tensors.js';
import { otherContainers, stateDictOf } from './state-dict.js';
import type { TensorView } from './tensor-view.js';
import type { TorchContainer } from './torch-container.js';
import { openZipContainer } from './zip-container.js';

export interface PytorchFileOptions {
  /**
   * Key of the dict of weights, e.g. `state_dict_ema`, or a prefix of their keys. Default: `state_dict`, else `model`,
   * else the dict that holds tensors.
   */
  readonly container?: string;
}

/**
 * A `.pth` file of `torch.save`, new (a zip archive) or old. Only its pickle is loaded; tensors are read on request. No
 * code of the file runs: other objects than tensors and plain data are not created, and are refused in the place of
 * weights.
 */
export class PytorchFile implements Checkpoint {
  /** The weights by key: those of the state dict (`PytorchFileOptions.container`). */
  readonly entries: ReadonlyMap<string, TensorView>;
  readonly unread: ReadonlyMap<string, string>;
  readonly classNames?: readonly string[];
  readonly container?: string;
  readonly otherContainers?: readonly string[];
  readonly #container: TorchContainer;

  private constructor(
    readonly path: string,
    container: TorchContainer,
    options: PytorchFileOptions,
  ) {
    this.#container = container;
    const taken = stateDictOf(container.value, path, options.container);
    const { tensors, unread } = namedTensors(taken.value, path);
    const [maker] = unread.values();
    if (tensors.size === 0 && maker !== undefined) throw refusedGlobal(path, maker);
    this.entries = tensors;
    this.unread = unread;
    this.classNames = classNamesOf(container.value);
    this.container = taken.container;
    if (options.container === undefined) this.otherContainers = otherContainers(container.value, taken.value);
  }

  /**
   * @throws CheckpointError `checkpoint/not-found`, `checkpoint/read-failed`, `checkpoint/truncated`,
   * `checkpoint/zip`, `checkpoint/pickle`, `checkpoint/pickle-size`, `checkpoint/refused-global`,
   * `checkpoint/storage`, `checkpoint/duplicate-tensor`, `checkpoint/container`
   */
  static async open(path: string, options: PytorchFileOptions = {}): Promise<PytorchFile> {
    const source = await openFile(path);
    try {
      const [first] = await source.read(0, Math.min(1, source.size));
      // An archive begins with "PK", a pickle with 0x80.
      return first === 0x50
        ? await PytorchFile.inZip(source, await ZipArchive.in(source), options)
        : await PytorchFile.inLegacy(source, options);
    } catch (error) {
      await source.close();
      throw error;
    }
  }

  /** Opens the file from an open archive, which is closed with it. */
  static async inZip(
    source: ByteSource,
    zip: ZipArchive,
    options: PytorchFileOptions = {},
  ): Promise<PytorchFile> {
    return new PytorchFile(source.name, await openZipContainer(zip, source.name), options);
  }

  static async inLegacy(source: ByteSource, options: PytorchFileOptions = {}): Promise<PytorchFile> {
    return new PytorchFile(source.name, await openLegacy(source), options);
  }

  get format(): TorchContainer['format'] {
    return this.#container.format;
  }

  /** Everything in the file, with tensors as descriptions: epoch, class map, optimiser … */
  get value(): PickleValue {
    return this.#container.value;
  }

  /** All tensors of the file by their path, including those of the optimiser. */
  allTensors(): Map<string, TensorView> {
    return namedTensors(this.value, this.path).tensors;
  }

  /**
   * @throws CheckpointError `checkpoint/missing-key`, `checkpoint/refused-global`, `checkpoint/truncated`,
   * `checkpoint/read-failed`
   */
  async read(key: string): Promise<StoredTensor> {
    const maker = this.unread.get(key);
    if (maker !== undefined) throw refusedGlobal(this.path, maker);
    return this.readView(describedAs(key, this.entries, this.path));
  }

  /** Reads a tensor from `value` or `allTensors`. */
  async readView(tensor: TensorView): Promise<StoredTensor> {
    const { dtype, shape, storage, byteOffset, byteLength } = tensor;
    const bytes = await this.#container.read(storage.key, byteOffset, byteLength);
    return { dtype, shape: [...shape], data: tensor.elements(bytes) };
  }

  close(): Promise<void> {
    return this.#container.close();
  }
}
