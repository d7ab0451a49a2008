/** Settings of a loss that are tried. */
export interface Settings {
  readonly rate: number;
  readonly options: Readonly<Record<string, unknown>>;
}

/** A loss, and the grid of learning rates and values of its main parameter that it is tuned on. */
export interface TunedLoss {
  readonly name: string;
  readonly space: 'logits' | 'cosines';
  readonly parameter: string;
  readonly values: readonly number[];
  /** Options that stay as they are. */
  readonly rest: Readonly<Record<string, unknown>>;
}

export const RATES = [1e-4, 3e-4, 1e-3, 3e-3, 1e-2, 3e-2, 1e-1];
/** Of cosines. AAM divides its loss by it, so its rates are so many times as high. */
export const SCALE = 23;

/** @param row of the rates; @param column of the values */
export function settingsOf(
  { space, parameter, values, rest }: TunedLoss,
  row: number,
  column: number,
): Settings {
  const factor = space === 'cosines' ? SCALE : 1;
  return { rate: factor * RATES[row], options: { ...rest, [parameter]: values[column] } };
}

const onLogits = (name: string, parameter: string, values: readonly number[], rest = {}): TunedLoss => ({
  name,
  space: 'logits',
  parameter,
  values,
  rest,
});

export const LOSSES: readonly TunedLoss[] = [
  onLogits('bce', 'positiveWeight', [1, 2, 4, 8, 16]),
  onLogits('asl', 'gammaNeg', [1, 2, 4, 6, 8], { gammaPos: 0, probabilityMargin: 0.05 }),
  {
    name: 'aam-asl',
    space: 'cosines',
    parameter: 'k',
    values: [0.5, 0.7, 0.9, 0.95, 0.98],
    rest: { margin: 0, gammaNeg: 0, gammaPos: 0 },
  },
  onLogits('hill', 'lambda', [0.75, 1, 1.5, 2, 3]),
  onLogits('splc', 'threshold', [0.3, 0.45, 0.6, 0.75, 0.9]),
];
