import { PickledObject } from '../pickle/pickle-value.js';
import { ELEMENT_BYTES, elementsOf, type Dtype, type TensorData } from '../tensors/dtype.js';
import { rowMajor } from '../tensors/row-major.js';
import { elementCount, type TensorDescription } from '../tensors/stored-tensor.js';

/**
 * A view may repeat elements of its storage (`expand`), and then claim any size without costing a byte of the file.
 * Up to this many elements are believed.
 */
export const MAX_REPEATED_ELEMENTS = 1 << 22;

const MAX_RANK = 64;

/** A block of elements of one type in the file, which several tensors may share. */
export class Storage extends PickledObject {
  readonly kind = 'storage';

  /**
   * @param key names it in the file
   * @param elements how many it has
   * @param first index of its first element in the block of that key: a storage of old may be a part of another
   */
  constructor(
    readonly key: string,
    readonly dtype: Dtype,
    readonly elements: number,
    readonly first = 0,
  ) {
    super();
  }
}

/** A tensor as PyTorch stores it: a strided view of a storage. */
export class TensorView extends PickledObject implements TensorDescription {
  readonly kind = 'tensor';

  /**
   * @param offset of its first element in the storage, elements
   * @param strides elements between neighbours along each axis
   * @throws Error when the view leaves its storage
   */
  constructor(
    readonly storage: Storage,
    readonly offset: number,
    readonly shape: readonly number[],
    readonly strides: readonly number[],
  ) {
    super();
    if (shape.length !== strides.length || shape.length > MAX_RANK)
      throw new Error('a tensor has invalid strides');
    const size = elementCount(shape);
    if (size > 0 && !(offset + this.span <= storage.elements))
      throw new Error('a tensor extends beyond its storage');
    if (!(size <= Math.max(storage.elements, MAX_REPEATED_ELEMENTS))) {
      throw new Error(`a tensor of ${size} elements has a storage of ${storage.elements}`);
    }
  }

  get dtype(): Dtype {
    return this.storage.dtype;
  }

  /** Elements from its first to one past its last, in the storage. */
  get span(): number {
    if (this.shape.includes(0)) return 0;
    return this.shape.reduce((last, extent, axis) => last + (extent - 1) * this.strides[axis], 0) + 1;
  }

  /** First byte of the span in the block of the storage's key. */
  get byteOffset(): number {
    return (this.storage.first + this.offset) * ELEMENT_BYTES[this.dtype];
  }

  get byteLength(): number {
    return this.span * ELEMENT_BYTES[this.dtype];
  }

  /**
   * Its elements, row-major.
   *
   * @param bytes the span of the view, in a buffer of its own
   */
  elements(bytes: Uint8Array<ArrayBuffer>): TensorData {
    const values = elementsOf(this.dtype, bytes.buffer);
    return this.#isRowMajor() ? values : rowMajor(values, this.shape, this.strides);
  }

  #isRowMajor(): boolean {
    let expected = 1;
    for (let axis = this.shape.length - 1; axis >= 0; axis--) {
      if (this.shape[axis] !== 1 && this.strides[axis] !== expected) return false;
      expected *= this.shape[axis];
    }
    return true;
  }
}
