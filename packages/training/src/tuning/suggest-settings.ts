import type { RandomStream } from '@polytag/core';
import { ParzenEstimator } from '../lr-search/parzen-estimator.js';

/** A dimension of a search: a number in an interval, or one of several choices. */
export type Dimension = {
  readonly name: string;
  /** Condition on an earlier dimension: chosen only if that has one of these values. Default: always. */
  readonly when?: { readonly name: string; readonly is: readonly string[] };
} & (
  | {
      readonly kind: 'number';
      readonly min: number;
      readonly max: number;
      /** Whether the scale is logarithmic. Default false. */
      readonly log?: boolean;
    }
  | { readonly kind: 'choice'; readonly choices: readonly string[] }
);

/** Chosen values by dimension; dimensions that do not apply are missing. */
export type Settings = Readonly<Record<string, number | string>>;

/** Settings with their score. */
export interface ScoredSettings {
  readonly settings: Settings;
  /** Higher is better; -Infinity for a trial that diverged. */
  readonly score: number;
}

export interface SuggestOptions {
  /** Number of initial random trials. Default 8. */
  readonly startUpTrials?: number;
  /** Number of candidates per dimension. Default 24. */
  readonly candidates?: number;
}

/** At most this many trials count as good ones. */
const MOST_GOOD = 25;

/**
 * Suggests the next settings with a tree-structured Parzen estimator (Bergstra et al., 2011; docs/method.md#tpe). For
 * each dimension, candidates are drawn from the density of the best tenth of the trials; the one with the largest ratio
 * to the density of the others is chosen. A pure function of its arguments.
 *
 * @param tried all trials so far, in any order; a trial counts for the dimensions that it has
 * @param random a random stream of this trial
 */
export function suggestSettings(
  space: readonly Dimension[],
  tried: readonly ScoredSettings[],
  random: RandomStream,
  { startUpTrials = 8, candidates = 24 }: SuggestOptions = {},
): Settings {
  const ranked = [...tried].sort((a, b) => b.score - a.score).map(({ settings }) => settings);
  const good = Math.min(Math.ceil(0.1 * ranked.length), MOST_GOOD);
  const isEven = tried.length < startUpTrials;
  const chosen: Record<string, number | string> = {};
  for (const dimension of space) {
    const { name, when } = dimension;
    if (when && !when.is.includes(String(chosen[when.name]))) continue;
    const valuesOf = (some: readonly Settings[]) => some.flatMap((one) => one[name] ?? []);
    const best = densityOf(dimension, isEven ? [] : valuesOf(ranked.slice(0, good)));
    const rest = densityOf(dimension, isEven ? [] : valuesOf(ranked.slice(good)));
    const drawn = Array.from({ length: isEven ? 1 : candidates }, () => best.draw(random));
    const promise = (value: number | string) => best.density(value) / rest.density(value);
    chosen[name] = drawn.reduce((most, value) => (promise(value) > promise(most) ? value : most));
  }
  return chosen;
}

interface Density {
  density(value: number | string): number;
  draw(random: RandomStream): number | string;
}

function densityOf(dimension: Dimension, values: readonly (number | string)[]): Density {
  if (dimension.kind === 'choice') return choiceDensity(dimension.choices, values);
  const { min, max, log = false } = dimension;
  const [to, from] = log ? [Math.log, Math.exp] : [(x: number) => x, (x: number) => x];
  const [low, high] = [to(min), to(max)];
  const within = (value: number) => Math.min(Math.max(value, min), max);
  if (values.length === 0) {
    return {
      density: () => 1 / (high - low),
      draw: (random) => within(from(low + (high - low) * random.uniform())),
    };
  }
  const estimator = new ParzenEstimator(
    values.map((value) => to(within(Number(value)))),
    low,
    high,
  );
  return {
    density: (value) => estimator.density(Math.min(Math.max(to(Number(value)), low), high)),
    draw: (random) => within(from(estimator.draw(random))),
  };
}

/** Shares of the choices, as if each had been made once more, all together counting as one trial. */
function choiceDensity(choices: readonly string[], values: readonly (number | string)[]): Density {
  const share = (choice: number | string) =>
    (values.filter((value) => value === choice).length + 1 / choices.length) / (values.length + 1);
  return {
    density: share,
    draw(random) {
      let left = random.uniform();
      for (const choice of choices) {
        left -= share(choice);
        if (left < 0) return choice;
      }
      return choices.at(-1)!;
    },
  };
}
