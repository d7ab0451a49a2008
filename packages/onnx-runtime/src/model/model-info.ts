import {
  CheckpointError,
  LabelVocabulary,
  MAX_SIDE,
  plainIssue,
  PolytagError,
  printable,
  tooShort,
  unusableChannel,
  type Preprocessing,
} from '@polytag/core';
import * as z from 'zod';
import type { OnnxFile, OnnxPort } from '../file/onnx-file.js';
import type { OnnxInput } from './onnx-images.js';

/** What `polytag.json` says of the network beside it. */
export interface OnnxInfo {
  readonly labels: LabelVocabulary;
  readonly preprocessing: Preprocessing;
  readonly input: OnnxInput;
  /** In vocabulary order; undefined where the model has none. */
  readonly thresholds?: readonly number[];
}

const channels = z.tuple([z.number(), z.number(), z.number()]);
const side = z.int().positive().max(MAX_SIDE);

/** Scale and calibration are inside the network; keys of others are left alone. */
const infoSchema = z.object({
  labels: z.array(z.string()).min(1),
  id2label: z.record(z.string(), z.string()),
  height: side,
  width: side,
  shortSide: side.optional(),
  normalisation: z.object({ mean: channels, std: channels }),
  input: z.enum(['pixels', 'pixels-float', 'normalised']),
  thresholds: z.array(z.number().min(0).max(1)).optional(),
});

/**
 * @param bytes of `polytag.json`
 * @param source how errors name the file
 * @throws CheckpointError `checkpoint/config`, naming the key
 */
export function readOnnxInfo(bytes: Uint8Array, source: string): OnnxInfo {
  let value: unknown;
  try {
    value = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
  } catch (cause) {
    throw refusal(source, 'is not valid JSON in UTF-8', cause);
  }
  const result = infoSchema.safeParse(value);
  if (!result.success) {
    const [{ path, message }] = result.error.issues;
    const key = path.length === 0 ? '' : `"${printable(path.join('.'))}": `;
    throw refusal(source, `is invalid: ${key}${printable(plainIssue(message), 200)}`);
  }
  const { labels: names, id2label, height, width, shortSide, normalisation, input, thresholds } = result.data;
  const channel = unusableChannel(normalisation);
  if (channel !== undefined)
    throw refusal(
      source,
      `is invalid: "normalisation" does not give usable pixel values for ${['red', 'green', 'blue'][channel]}`,
    );
  const labels = labelsOf(names, source);
  if (
    Object.keys(id2label).length !== names.length ||
    names.some((name, k) => !Object.hasOwn(id2label, k) || id2label[k] !== name)
  )
    throw refusal(source, 'is invalid: "id2label" and "labels" differ');
  if (thresholds && thresholds.length !== names.length)
    throw refusal(
      source,
      `is invalid: it has ${thresholds.length} "thresholds" for ${names.length} "labels"`,
    );
  const preprocessing = { height, width, ...(shortSide && { resize: { shortSide } }), normalisation };
  const short = tooShort(preprocessing);
  if (short !== undefined) throw refusal(source, `is invalid: ${short}`);
  return { labels, preprocessing, input, thresholds };
}

/** The network's input and the output that holds probabilities, by their names. */
export interface OnnxPorts {
  readonly images: string;
  readonly probabilities: string;
  /** How errors name `polytag.json`. */
  readonly source: string;
}

/**
 * Compares what `polytag.json` says with the network.
 *
 * @param source how errors name `polytag.json`
 * @throws CheckpointError `checkpoint/onnx-fit`
 */
export function portsOf({ inputs, outputs }: OnnxFile, info: OnnxInfo, source: string): OnnxPorts {
  const { preprocessing, input, labels } = info;
  const { height, width } = preprocessing;
  const refuse = (problem: string) => misfit(source, problem);
  const type = input === 'pixels' ? 'uint8' : 'float32';
  const shape = input === 'normalised' ? [1, 3, height, width] : [1, height, width, 3];
  if (inputs.length !== 1) throw refuse(`the network has ${inputs.length} inputs; expected one`);
  const [images] = inputs;
  if (images.type !== type || !takes(images, shape))
    throw refuse(
      `"input" is ${input}, which is ${type} [batch, ${shape.slice(1).join(', ')}], but the network takes ${shown(images)}`,
    );
  const batch = images.shape?.[0];
  if (typeof batch === 'number') throw refuse(`the network takes exactly ${batch} images at once`);
  const probabilities = outputs.find(({ name }) => name === 'probabilities');
  if (!probabilities) throw refuse('the network has no output "probabilities"');
  if (probabilities.type !== 'float32' || !takes(probabilities, [1, labels.size]))
    throw refuse(`there are ${labels.size} labels, but the network outputs ${shown(probabilities)}`);
  return { images: images.name, probabilities: probabilities.name, source };
}

/** @param source how errors name `polytag.json` */
export const misfit = (source: string, problem: string): CheckpointError =>
  new CheckpointError('checkpoint/onnx-fit', `${source} does not match the network beside it: ${problem}.`, {
    hint: 'Export the model again, with both files into one folder.',
  });

/** Whether a port may have a shape: a size that it leaves open is any; the first is that of the batch. */
const takes = ({ shape }: OnnxPort, wanted: readonly number[]): boolean =>
  shape === undefined ||
  (shape.length === wanted.length &&
    shape.slice(1).every((size, i) => typeof size === 'string' || size === wanted[i + 1]));

const shown = ({ type, shape }: OnnxPort): string =>
  printable(
    shape
      ? `${type} [${shape
          .slice(0, 8)
          .map((size) => size || '?')
          .join(', ')}]`
      : type,
    200,
  );

function labelsOf(names: readonly string[], source: string): LabelVocabulary {
  try {
    const labels = LabelVocabulary.inOrder(names);
    if (labels) return labels;
  } catch (cause) {
    if (!(cause instanceof PolytagError)) throw cause;
    throw refusal(source, `is invalid: "labels": ${cause.message.replace(/\.$/, '')}`, cause);
  }
  throw refusal(source, 'is invalid: "labels" are not sorted');
}

function refusal(source: string, problem: string, cause?: unknown): CheckpointError {
  return new CheckpointError('checkpoint/config', `${source} ${problem}.`, {
    hint: 'Write it again: polytag-eval export --format onnx.',
    cause,
  });
}
