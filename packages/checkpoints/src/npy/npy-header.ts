import { CheckpointError } from '@polytag/core';

export interface NpyHeader {
  /** NumPy's type text, e.g. `<f4`. */
  readonly descr: string;
  readonly fortranOrder: boolean;
  readonly shape: number[];
}

/** One token: a quoted text without escapes, a number (Python 2 wrote `3L`), a word or a sign. */
const TOKEN = /\s*(?:'([^'\\]*)'|"([^"\\]*)"|(\d+)L?|(True|False)|([{}(),:]))/y;

type Token = { text: string } | { number: number } | { truth: boolean } | { sign: string };

/**
 * Reads the Python dict that describes an array, e.g. `{'descr': '<f4', 'fortran_order': False, 'shape': (2, 3), }`.
 * Only that form is understood; nothing is evaluated.
 *
 * @throws CheckpointError `checkpoint/npy-header`
 */
export function parseNpyHeader(header: string, source: string): NpyHeader {
  const refuse = (): never => {
    throw new CheckpointError(
      'checkpoint/npy-header',
      `${source}: the npy header does not describe a plain array.`,
    );
  };
  const tokens = tokenise(header.trimEnd()) ?? refuse();
  let position = 0;
  const next = (): Token => tokens[position++] ?? refuse();
  const sign = (token: Token) => ('sign' in token ? token.sign : undefined);
  const accept = (expected: string) => sign(tokens[position] ?? { number: 0 }) === expected && ++position > 0;
  const expect = (expected: string) => accept(expected) || refuse();

  const tuple = (): number[] => {
    const numbers: number[] = [];
    expect('(');
    while (!accept(')')) {
      const token = next();
      if (!('number' in token) || !Number.isSafeInteger(token.number)) return refuse();
      numbers.push(token.number);
      if (!accept(',')) {
        // A single number in brackets without a comma is not a tuple.
        if (numbers.length === 1) return refuse();
        expect(')');
        break;
      }
    }
    return numbers;
  };

  const found: { descr?: string; fortran_order?: boolean; shape?: number[] } = {};
  expect('{');
  while (!accept('}')) {
    const key = next();
    if (!('text' in key) || Object.hasOwn(found, key.text)) return refuse();
    expect(':');
    if (key.text === 'shape') {
      found.shape = tuple();
    } else {
      const value = next();
      if (key.text === 'descr' && 'text' in value) found.descr = value.text;
      else if (key.text === 'fortran_order' && 'truth' in value) found.fortran_order = value.truth;
      else return refuse();
    }
    if (!accept(',')) {
      expect('}');
      break;
    }
  }
  const { descr, fortran_order: fortranOrder, shape } = found;
  if (position !== tokens.length || descr === undefined || fortranOrder === undefined || shape === undefined)
    return refuse();
  return { descr, fortranOrder, shape };
}

function tokenise(text: string): Token[] | undefined {
  const tokens: Token[] = [];
  TOKEN.lastIndex = 0;
  while (TOKEN.lastIndex < text.length) {
    const match = TOKEN.exec(text);
    if (!match) return undefined;
    const [, single, double, digits, truth, sign] = match;
    if (digits !== undefined) tokens.push({ number: Number(digits) });
    else if (truth !== undefined) tokens.push({ truth: truth === 'True' });
    else if (sign !== undefined) tokens.push({ sign });
    else tokens.push({ text: single ?? double });
  }
  return tokens;
}
