type Numbers = ArrayLike<number>;

function fail(what: string, index: number, got: number, expected: number, allowed: number): never {
  throw new Error(
    `${what}: element ${index} is ${got}, expected ${expected} (difference ${Math.abs(got - expected)}, allowed ${allowed})`,
  );
}

function compare(what: string, got: Numbers, expected: Numbers, allowed: (expected: number) => number): void {
  if (got.length !== expected.length)
    throw new Error(`${what}: ${got.length} elements, expected ${expected.length}`);
  for (let i = 0; i < expected.length; i++) {
    const limit = allowed(expected[i]);
    if (Object.is(got[i], expected[i]) || got[i] === expected[i]) continue;
    if (Number.isNaN(expected[i]) ? !Number.isNaN(got[i]) : !(Math.abs(got[i] - expected[i]) <= limit)) {
      fail(what, i, got[i], expected[i], limit);
    }
  }
}

/** max|got − expected| <= tolerance · max|expected|: the manifest's `rel_to_absmax`. */
export function expectRelativeToAbsmax(
  what: string,
  got: Numbers,
  expected: Numbers,
  tolerance: number,
): void {
  let absmax = 0;
  for (let i = 0; i < expected.length; i++) absmax = Math.max(absmax, Math.abs(expected[i]));
  compare(what, got, expected, () => tolerance * absmax);
}

/** |got − expected| <= absolute + relative · |expected|, element by element. */
export function expectClose(
  what: string,
  got: Numbers,
  expected: Numbers,
  tolerance: { relative?: number; absolute?: number },
): void {
  compare(
    what,
    got,
    expected,
    (value) => (tolerance.absolute ?? 0) + (tolerance.relative ?? 0) * Math.abs(value),
  );
}

/** JSON has no NaN or infinity: the manifest writes them as strings. */
export function numberOf(value: number | string): number {
  return typeof value === 'number' ? value : Number(value);
}

/** The same JSON. */
export function expectSame(what: string, got: unknown, expected: unknown): void {
  if (JSON.stringify(got) !== JSON.stringify(expected)) {
    throw new Error(`${what}: ${JSON.stringify(got)}, expected ${JSON.stringify(expected)}`);
  }
}
