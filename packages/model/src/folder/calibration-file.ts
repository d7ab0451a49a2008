import { CheckpointError, printable, type LabelVocabulary } from '@polytag/core';
import type { Calibration } from '@polytag/metrics';
import * as z from 'zod';
import { anyKeys } from './any-keys.js';

/** A slope, or a temperature: nothing that a model could need is beyond, and its inverse is finite. */
const positive = z.number().min(1e-9).max(1e9);

const flip = z.literal(true).optional();

/**
 * `calibration.json`: probability = sigmoid(slope · scale · output + offset); one temperature is the slope 1 / T. With
 * `flip` it is of the mean of an image and its mirror image.
 */
export const calibrationFileSchema = z.discriminatedUnion('method', [
  z.object({ method: z.literal('temperature'), flip, temperature: positive }),
  z.object({
    method: z.literal('platt'),
    flip,
    labels: anyKeys(z.object({ slope: positive, offset: z.number() })),
  }),
]);

type CalibrationFile = z.output<typeof calibrationFileSchema>;

/** A calibration as `calibration.json` has it. */
export function calibrationFile(
  { method, slopes, offsets, flip }: Calibration,
  labels: LabelVocabulary,
): CalibrationFile {
  const mirrored = flip ? { flip } : {};
  if (method === 'temperature') return { method, ...mirrored, temperature: 1 / slopes[0] };
  const pairs = labels.names.map((name, k) => [name, { slope: slopes[k], offset: offsets[k] }] as const);
  return { method, ...mirrored, labels: Object.fromEntries(pairs) };
}

/**
 * @param source how errors name the file
 * @throws CheckpointError `checkpoint/config` unless it has a pair for every label
 */
export function calibrationOf(file: CalibrationFile, labels: LabelVocabulary, source: string): Calibration {
  const mirrored = file.flip ? { flip: true } : {};
  if (file.method === 'temperature') {
    return {
      method: 'temperature',
      ...mirrored,
      slopes: new Float64Array(labels.size).fill(1 / file.temperature),
      offsets: new Float64Array(labels.size),
    };
  }
  const refuse = (problem: string) =>
    new CheckpointError('checkpoint/config', `${source} ${problem}.`, {
      hint: 'Expected a slope and an offset for every label of config.json. Write the file again with polytag-eval calibrate.',
    });
  const other = Object.keys(file.labels).find((name) => labels.indexOf(name) === undefined);
  if (other !== undefined) throw refuse(`has an entry for "${printable(other)}", which is not a label`);
  const pairs = labels.names.map((name) => {
    if (Object.hasOwn(file.labels, name)) return file.labels[name];
    throw refuse(`has no entry for "${printable(name)}"`);
  });
  return {
    method: 'platt',
    ...mirrored,
    slopes: Float64Array.from(pairs, ({ slope }) => slope),
    offsets: Float64Array.from(pairs, ({ offset }) => offset),
  };
}
