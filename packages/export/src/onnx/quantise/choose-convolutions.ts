import type { OnnxRuntime, OnnxTensor } from '@polytag/onnx-runtime';
import { withSession } from '../check-onnx.js';
import type { GraphProto, ModelProto } from '../generated/onnx_pb.js';
import { protoOf } from '../model-proto.js';
import { quantiseGraph, type ValueRange } from './quantise-graph.js';

/** Rounding of one convolution, alone in a network that is otherwise computed in float32. */
export interface ConvolutionNoise {
  /** The output of the convolution. */
  readonly name: string;
  /** The mean square of what it changes the scores by, over their mean square. */
  readonly noise: number;
}

/**
 * The convolutions that are computed in whole numbers: those that add least to the scores, as long as the sum of what each
 * adds alone stays within a limit. Roundings of different layers are close to independent, so that their powers add up.
 */
export function quietConvolutions(found: readonly ConvolutionNoise[], limit: number): Set<string> {
  let sum = 0;
  const usable = found.filter(({ noise }) => Number.isFinite(noise));
  const quiet = usable.sort((a, b) => a.noise - b.noise).filter(({ noise }) => (sum += noise) <= limit);
  return new Set(quiet.map(({ name }) => name));
}

/**
 * Tries each convolution: quantises it alone, and compares the scores.
 *
 * @param file in float32, with the output `scores`; it stays as it is
 * @param names outputs of the convolutions
 * @param report is told how many are done
 */
export async function convolutionNoise(
  file: ModelProto,
  names: readonly string[],
  ranges: ReadonlyMap<string, ValueRange>,
  examples: readonly OnnxTensor[],
  runtime: OnnxRuntime,
  report: (done: number) => void,
): Promise<ConvolutionNoise[]> {
  const scoresOf = (one: ModelProto) =>
    withSession(protoOf(one, {}), runtime, async (run) => {
      const found: number[] = [];
      for (const image of examples) found.push(...(await run(image))['scores']);
      return found;
    });
  const exact = await scoresOf(file);
  const power = meanSquare(exact);
  const noises: ConvolutionNoise[] = [];
  for (const name of names) {
    const graph = copyOf(file.graph!);
    quantiseGraph(graph, new Set([name]), ranges);
    const scores = await scoresOf({ ...file, graph });
    noises.push({ name, noise: meanSquare(scores.map((score, i) => score - exact[i])) / power });
    report(noises.length);
  }
  return noises;
}

/** A graph that can be quantised, with the same weights. */
const copyOf = (graph: GraphProto): GraphProto => ({
  ...graph,
  node: graph.node.map((node) => ({ ...node, input: [...node.input] })),
});

const meanSquare = (values: readonly number[]): number =>
  values.reduce((sum, value) => sum + value * value, 0) / values.length;
