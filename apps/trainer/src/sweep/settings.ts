import { readConfigFile } from '@polytag/cli';
import { isRecord, printable, RandomStream, UsageError } from '@polytag/core';
import { suggestSettings, type Dimension, type ScoredSettings } from '@polytag/training';
import * as z from 'zod';

/** Values by config key, e.g. `training.learningRate`. */
export type SweepSettings = Readonly<Record<string, unknown>>;

/** Values to choose from, by config key. */
export type Grid = Readonly<Record<string, readonly unknown[]>>;

/** Trials of a grid at most: more are a mistake, and their table would not fit in memory. */
const MOST_TRIALS = 100_000;

/** The settings as assignments of `--set`; JSON is YAML. */
export const assignmentsOf = (settings: SweepSettings): string[] =>
  Object.entries(settings).map(([key, value]) => `${key}=${JSON.stringify(value)}`);

/** The settings on one line, for people. */
export const settingsText = (settings: SweepSettings): string => assignmentsOf(settings).join(' ');

/**
 * Reads a grid: config keys with lists of values.
 *
 * @throws UsageError `usage/grid`
 */
export async function readGrid(file: string): Promise<Grid> {
  const values = await readConfigFile(file);
  const refuse = (why: string) =>
    new UsageError('usage/grid', `${printable(file, 400)} is no grid: ${why}.`, {
      hint: 'It maps config keys to lists, e.g. training.learningRate: [0.005, 0.02]',
    });
  if (!isRecord(values) || Object.keys(values).length === 0) throw refuse('it names no config key');
  for (const [key, list] of Object.entries(values)) {
    if (!Array.isArray(list) || list.length === 0) throw refuse(`${key} is not a list of values`);
    const texts = list.map((value) => JSON.stringify(value));
    const twice = texts.find((text, i) => texts.indexOf(text) !== i);
    if (twice !== undefined) throw refuse(`${key} has ${printable(twice, 100)} twice`);
  }
  const trials = Object.values(values as Grid).reduce((product, list) => product * list.length, 1);
  if (trials > MOST_TRIALS)
    throw new UsageError(
      'usage/grid',
      `${printable(file, 400)} has ${trials.toLocaleString('en-US')} combinations; a sweep trains at most ${MOST_TRIALS.toLocaleString('en-US')}.`,
      { hint: 'Leave out values or keys, or search the space with --tpe.' },
    );
  return values as Grid;
}

/** Every combination of a grid's values; the last key changes first. */
export const gridTrials = (grid: Grid): SweepSettings[] =>
  Object.entries(grid).reduce<SweepSettings[]>(
    (before, [key, values]) => before.flatMap((one) => values.map((value) => ({ ...one, [key]: value }))),
    [{}],
  );

const rangeSchema = z
  .strictObject({
    min: z.number(),
    max: z.number(),
    /** Equal ratios are equally far apart. */
    log: z.boolean().default(false),
    /** Whole numbers only. */
    integer: z.boolean().default(false),
  })
  .refine(({ min, max }) => min < max, 'min must be less than max')
  .refine(
    ({ min, max, integer }) => !integer || Math.ceil(min) <= Math.floor(max),
    'with integer: true, a whole number must lie between min and max',
  )
  .refine(({ min, log }) => !log || min > 0, 'with log: true, min must be more than 0');

/** What a search chooses, by config key: a number of an interval, or one of a list. */
const spaceSchema = z.record(
  z.string(),
  z.union([rangeSchema, z.array(z.json()).min(2)], 'expected {min, max} or a list of at least two values'),
);
export type Space = z.output<typeof spaceSchema>;

/**
 * Reads the space of a search: `training.learningRate: {min: 1e-4, max: 0.1, log: true}`, `loss.name: [bce, asl]`.
 *
 * @throws UsageError `usage/search-space`
 */
export async function readSpace(file: string): Promise<Space> {
  const parsed = spaceSchema.safeParse(await readConfigFile(file));
  if (parsed.success && Object.keys(parsed.data).length > 0) return parsed.data;
  const why = parsed.error ? z.prettifyError(parsed.error).replaceAll('\n', ' ') : 'it names no config key';
  throw new UsageError('usage/search-space', `${printable(file, 400)} is no space to search: ${why}.`, {
    hint: 'It maps config keys to intervals or lists, e.g. training.learningRate: {min: 0.0001, max: 0.1, log: true}',
  });
}

/**
 * What a search tries next (docs/method.md#tpe): a pure function of space, seed, number and the trials of earlier rounds.
 *
 * @param trial its number, from 1
 */
export function suggested(
  space: Space,
  tried: readonly { readonly settings: SweepSettings; readonly score: number }[],
  { seed, trial }: { readonly seed: number; readonly trial: number },
): SweepSettings {
  const dimensions = Object.entries(space).map(([name, values]): Dimension =>
    Array.isArray(values)
      ? { name, kind: 'choice', choices: values.map((value) => JSON.stringify(value)) }
      : { name, kind: 'number', min: values.min, max: values.max, log: values.log },
  );
  const scored = tried.map(({ settings, score }): ScoredSettings => ({
    score,
    settings: Object.fromEntries(
      Object.entries(settings).map(([name, value]) => [
        name,
        Array.isArray(space[name]) ? JSON.stringify(value) : (value as number),
      ]),
    ),
  }));
  const chosen = suggestSettings(dimensions, scored, new RandomStream(seed, `sweep/${trial}`));
  return Object.fromEntries(
    Object.entries(chosen).map(([name, value]) => {
      const values = space[name];
      if (Array.isArray(values)) return [name, JSON.parse(String(value))];
      const { min, max, integer } = values;
      const rounded = integer ? Math.round(Number(value)) : Number(Number(value).toPrecision(3));
      // Rounding may lead out of a narrow interval.
      return [
        name,
        Math.min(integer ? Math.floor(max) : max, Math.max(integer ? Math.ceil(min) : min, rounded)),
      ];
    }),
  );
}
