import { CheckpointError } from '@polytag/core';

/** Thrown when a pickle goes on where its bytes end: there may be more of them in the file. */
export class PickleCut extends CheckpointError {
  constructor(source: string) {
    super('checkpoint/truncated', `${source} ends in the middle of a pickle.`, {
      hint: 'The file is damaged, or its download is incomplete.',
    });
  }
}

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
const latin1 = new TextDecoder('latin1');

/** Reads the operands of a pickle's instructions, each checked against what is left. */
export class PickleBytes {
  position = 0;
  readonly #view: DataView;

  constructor(
    private readonly bytes: Uint8Array,
    private readonly source: string,
  ) {
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  uint8(): number {
    return this.#view.getUint8(this.#advance(1));
  }

  uint16(): number {
    return this.#view.getUint16(this.#advance(2), true);
  }

  int32(): number {
    return this.#view.getInt32(this.#advance(4), true);
  }

  uint32(): number {
    return this.#view.getUint32(this.#advance(4), true);
  }

  /** A length; one that no file can have reads as the end of the bytes. */
  uint64(): number {
    return Number(this.#view.getBigUint64(this.#advance(8), true));
  }

  /** Pickles hold floats in network order. */
  float64(): number {
    return this.#view.getFloat64(this.#advance(8), false);
  }

  /** A view; nothing is copied. */
  take(length: number): Uint8Array {
    const start = this.#advance(length);
    return this.bytes.subarray(start, start + length);
  }

  /** @throws TypeError when it is not UTF-8 */
  text(length: number): string {
    return utf8.decode(this.take(length));
  }

  /** A text of Python 2: bytes, each a character. */
  latin1(length: number): string {
    return latin1.decode(this.take(length));
  }

  /** Up to the next line feed, which is passed. */
  line(): string {
    const end = this.bytes.indexOf(0x0a, this.position);
    if (end < 0) throw new PickleCut(this.source);
    const text = utf8.decode(this.take(end - this.position));
    this.position++;
    return text;
  }

  #advance(length: number): number {
    const start = this.position;
    if (!(start + length <= this.bytes.length)) throw new PickleCut(this.source);
    this.position = start + length;
    return start;
  }
}
