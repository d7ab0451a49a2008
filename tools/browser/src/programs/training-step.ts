import {
  mean,
  tensor,
  tidy,
  variable,
  variableGrads,
  zerosLike,
  type Scalar,
  type Tensor,
  type Tensor2D,
  type Variable,
} from '@tensorflow/tfjs-core';
import { input, model, type SymbolicTensor } from '@tensorflow/tfjs-layers';
import { mobileNetV3 } from '@polytag/backbones';
import { applyHead, LabelVocabulary } from '@polytag/core';
import { relaxedSimdRuns, sgdUpdate, useEngine, type EngineName, type EngineOptions } from '@polytag/engine';
import { linearHead } from '@polytag/heads';
import { assignParameters, checkpointShape, parametersOf } from '@polytag/layers';
import { aamAslLoss } from '@polytag/losses';
import { pattern } from './pattern.js';

export interface TrainingStep {
  /** Of the batch before the step, and after it. */
  readonly losses: readonly [before: number, after: number];
  /** All parameters after the step, one after another. */
  readonly weights: readonly number[];
}

const LABELS = ['cat', 'dog', 'person'];
const [BATCH, SIZE] = [2, 64];

export interface TrainingStepOptions extends EngineOptions {
  /** The backbone's layer whose output the head gets. Default its last. */
  readonly lastLayer?: string;
}

/** One step of gradient descent on a small network with the angular margin loss; the same program for every place. */
export async function trainingStep(
  engine: EngineName,
  { lastLayer, ...options }: TrainingStepOptions = {},
): Promise<TrainingStep> {
  await useEngine(engine, options);
  const backbone = mobileNetV3({ size: 'small', widthMultiplier: 0.25 });
  const head = linearHead({ space: 'cosines' });
  const image = input({ shape: [SIZE, SIZE, 3] });
  const whole = model({ inputs: image, outputs: backbone.apply(image) });
  const map =
    lastLayer === undefined ? whole.outputs[0] : (whole.getLayer(lastLayer).output as SymbolicTensor);
  const { outputs, scale: logitScale } = applyHead(head, map, {
    labels: new LabelVocabulary(LABELS),
    seed: 0,
    backbone,
  });
  const network = model({ inputs: image, outputs });
  const parameters = parametersOf(network);
  assignParameters(parameters, (key) => {
    const shape = checkpointShape(parameters.find((parameter) => parameter.key === key)!);
    const size = shape.reduce((product, n) => product * n, 1);
    const scale = shape.length > 1 ? Math.sqrt(3 / (size / shape[0])) : 0.1;
    // Scales and variances are around 1, as those of a trained batch norm.
    const centre = shape.length === 1 && /weight|running_var/.test(key) ? 1 : 0;
    return { shape: [...shape], data: pattern(key, size).map((value) => centre + scale * value) };
  });
  const loss = aamAslLoss();
  const images = tensor(pattern('images', BATCH * SIZE * SIZE * 3), [BATCH, SIZE, SIZE, 3]);
  const targets = tensor([1, 0, 0, 0, 1, 1], [BATCH, LABELS.length]) as Tensor2D;
  const cost = () =>
    mean(
      loss.elementwise(network.apply(images, { training: true, step: 0 }) as Tensor2D, targets, logitScale),
    ) as Scalar;
  const weights = parameters
    .filter(({ trainable }) => trainable)
    .map(({ variable: held }) => held.read() as Variable);
  const { value, grads } = variableGrads(cost, weights);
  const steps = weights.map((weight) => ({
    weight,
    gradient: grads[weight.name],
    velocity: tidy(() => variable(zerosLike(weight))),
    learningRate: 0.01,
    weightDecay: 1e-4,
    first: true,
  }));
  sgdUpdate(steps, { momentum: 0.9, dampening: 0, nesterov: true });
  for (const { velocity } of steps) velocity.dispose();
  const after = tidy(cost);
  const losses = [(await value.data())[0], (await after.data())[0]] as const;
  const values = await Promise.all(parameters.map(({ variable: held }) => (held.read() as Tensor).data()));
  for (const used of [value, after, images, targets, ...Object.values(grads)]) used.dispose();
  network.dispose();
  return { losses, weights: values.flatMap((one) => [...one]) };
}

/** Whether this place runs the relaxed build of the kernels. */
export async function relaxedHere(): Promise<boolean> {
  return relaxedSimdRuns();
}
