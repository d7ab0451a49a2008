import type { layers, LayersModel, Shape } from '@tensorflow/tfjs-layers';
import { UsageError } from '@polytag/core';
import { topologicalOrder } from './graph.js';
import { parametersOfLayer } from '../parameters/parameters-of.js';
import { ParametricLayer } from '../parameters/parametric-layer.js';

export interface SummaryRow {
  /** Common prefix of the layer names: `body.layer1`, `blocks.3`, `decoder`. */
  readonly name: string;
  /** Output shape of its last layer. */
  readonly output: Shape;
  /** Number of weights, including frozen ones, without running statistics. */
  readonly parameters: number;
  /** Multiply-adds of one inference on one image. */
  readonly multiplyAdds: number;
}

export interface NetworkSummary {
  /** In the order of the layers. */
  readonly rows: readonly SummaryRow[];
  readonly parameters: number;
  readonly multiplyAdds: number;
}

/**
 * Parameters and multiply-adds of a network, per part and in total. Multiply-adds are those of convolutions, linear
 * layers and attention for one image, as `ParametricLayer.multiplyAdds` returns them. Computations that do not depend
 * on the image (the label graph) are not counted. Layers of other packages count as 0.
 *
 * @throws UsageError `usage/open-size` if the network's image size is not fixed
 */
export function summariseNetwork(network: LayersModel): NetworkSummary {
  if (network.inputs.some(({ shape }) => shape.slice(1).includes(null))) {
    throw new UsageError(
      'usage/open-size',
      `Multiply-adds of "${network.name}" depend on the image size, which is not set.`,
      {
        hint: 'Build the network with a height and a width.',
      },
    );
  }
  const rows = new Map<string, SummaryRow>();
  const counted = new Set<layers.Layer>();
  for (const {
    layer,
    inputs,
    outputs: [output],
  } of topologicalOrder(network)) {
    // prettier-ignore
    // A layer that is applied several times has its weights once.
    const parameters = counted.has(layer)
      ? 0
      : parametersOfLayer(layer)
          .filter(({ buffer }) => !buffer)
          .reduce((sum, { variable }) => sum + sizeOf(variable.shape), 0);
    counted.add(layer);
    const shapes = inputs.map(({ shape }) => shape);
    const multiplyAdds = layer instanceof ParametricLayer ? layer.multiplyAdds(shapes, output.shape) : 0;
    const name = partOf(layer.name);
    const before = rows.get(name);
    rows.set(name, {
      name,
      output: output.shape,
      parameters: parameters + (before?.parameters ?? 0),
      multiplyAdds: multiplyAdds + (before?.multiplyAdds ?? 0),
    });
  }
  const all = [...rows.values()].filter(({ parameters, multiplyAdds }) => parameters + multiplyAdds > 0);
  const total = (value: (row: SummaryRow) => number) => all.reduce((sum, row) => sum + value(row), 0);
  return {
    rows: all,
    parameters: total((row) => row.parameters),
    multiplyAdds: total((row) => row.multiplyAdds),
  };
}

const sizeOf = (shape: Shape): number => shape.reduce<number>((size, extent) => size * extent!, 1);

/** The first two parts of a name of three or more, else the first. */
function partOf(name: string): string {
  const parts = name.split('.');
  return parts.slice(0, parts.length > 2 ? 2 : 1).join('.');
}
