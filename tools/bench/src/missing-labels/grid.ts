/** Settings of a loss that are tried. */
export interface GridCell {
  readonly rate: number;
  readonly options: Readonly<Record<string, unknown>>;
}

export interface TunedLoss {
  readonly name: string;
  readonly space: 'logits' | 'cosines';
  /** The parameter that is tuned, as a person reads it. */
  readonly parameter: string;
  readonly cells: readonly GridCell[];
}

const RATES = [1e-3, 3e-3, 1e-2];
/** Of cosines. AAM divides its loss by it, so its rates are so many times as high. */
export const SCALE = 23;

const grid = (
  name: string,
  parameter: string,
  values: readonly unknown[],
  rest: Readonly<Record<string, unknown>> = {},
): TunedLoss => {
  const space = name === 'aam-asl' ? 'cosines' : 'logits';
  const factor = space === 'cosines' ? SCALE : 1;
  const cells = RATES.flatMap((rate) =>
    values.map((value) => ({ rate: factor * rate, options: { ...rest, [parameter]: value } })),
  );
  return { name, space, parameter, cells };
};

/** Each loss with as many settings: three rates times three values of its main parameter. */
export const LOSSES: readonly TunedLoss[] = [
  grid('bce', 'positiveWeight', [1, 2, 4]),
  grid('asl', 'gammaNeg', [1, 2, 4], { gammaPos: 0, probabilityMargin: 0.05 }),
  grid('aam-asl', 'k', [0.5, 0.7, 0.9], { margin: 0, gammaNeg: 0, gammaPos: 0 }),
  grid('hill', 'lambda', [1, 1.5, 2]),
  grid('splc', 'threshold', [0.6, 0.75, 0.9]),
];
