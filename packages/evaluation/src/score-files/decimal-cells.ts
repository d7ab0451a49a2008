/** Powers of ten that a double holds exactly. */
const POWERS = Float64Array.from({ length: 23 }, (_, i) => Number(`1e${i}`));
/** Up to here every whole number is a double. */
const EXACT = 2 ** 53 / 10 - 1;

const [ZERO, NINE, POINT, SPACE, QUOTE] = [0x30, 0x39, 0x2e, 0x20, 0x22];
const [PLUS, MINUS, SMALL_E, LARGE_E] = [0x2b, 0x2d, 0x65, 0x45];

/**
 * Reads cells of a line one after the other, from its bytes. A plain decimal of up to 15 digits is read at once, exactly:
 * a whole number below 2^53 divided by a power of ten up to 10^22 rounds once (Clinger, "How to Read Floating Point Numbers
 * Accurately", 1990). Any other is left to the language.
 */
export class DecimalCells {
  /** Where the next cell begins; one past the end after the last. */
  at = 0;
  #bytes: Buffer = Buffer.alloc(0);
  #end = 0;

  constructor(private readonly delimiter: number) {}

  start(bytes: Buffer, start: number, end: number): void {
    this.#bytes = bytes;
    this.at = start;
    this.#end = end;
  }

  get isAtEnd(): boolean {
    return this.at > this.#end;
  }

  /** The number of the next cell; NaN where it is none. */
  number(): number {
    const [bytes, end, delimiter] = [this.#bytes, this.#end, this.delimiter];
    let at = this.at;
    while (at < end && bytes[at] === SPACE) at++;
    let whole = 0;
    let digits = 0;
    let point = -1;
    let exponent = 0;
    for (; at < end; at++) {
      const byte = bytes[at];
      if (byte >= ZERO && byte <= NINE) {
        if (whole > EXACT) return this.#anyNumber();
        whole = whole * 10 + (byte - ZERO);
        digits++;
      } else if (byte === POINT && point < 0) point = digits;
      else if (byte === delimiter) break;
      else if (byte === SMALL_E || byte === LARGE_E) {
        const sign = bytes[at + 1];
        const first = sign === PLUS || sign === MINUS ? at + 2 : at + 1;
        for (at = first; at < end && bytes[at] >= ZERO && bytes[at] <= NINE && exponent < 1000; at++)
          exponent = exponent * 10 + (bytes[at] - ZERO);
        if (at === first || (at < end && bytes[at] !== delimiter)) return this.#anyNumber();
        if (sign === MINUS) exponent = -exponent;
        break;
      } else return this.#anyNumber();
    }
    const power = exponent - (point < 0 ? 0 : digits - point);
    if (digits === 0 || power >= POWERS.length || -power >= POWERS.length) return this.#anyNumber();
    this.at = at + 1;
    return power < 0 ? whole / POWERS[-power] : whole * POWERS[power];
  }

  #anyNumber(): number {
    const text = this.text().trim();
    return /^[-+]?(?:\d|\.\d|inf)/i.test(text) ? Number(text.replace(/inf(?:inity)?$/i, 'Infinity')) : NaN;
  }

  /** The text of the next cell: as RFC 4180 writes it, in quotes or not, but on one line. */
  text(): string {
    const [bytes, end] = [this.#bytes, this.#end];
    let start = this.at;
    while (start < end && bytes[start] === SPACE) start++;
    if (bytes[start] !== QUOTE || start === end) {
      const stop = this.#nextDelimiter(this.at);
      const text = bytes.toString('utf8', this.at, stop);
      this.at = stop + 1;
      return text;
    }
    let stop = start + 1;
    while (stop < end && !(bytes[stop] === QUOTE && bytes[stop + 1] !== QUOTE))
      stop += bytes[stop] === QUOTE ? 2 : 1;
    const text = bytes.toString('utf8', start + 1, Math.min(stop, end)).replaceAll('""', '"');
    this.at = this.#nextDelimiter(stop) + 1;
    return text;
  }

  skip(): void {
    this.text();
  }

  #nextDelimiter(from: number): number {
    const found = this.#bytes.indexOf(this.delimiter, from);
    return found < 0 || found > this.#end ? this.#end : found;
  }
}
