import { serialization, type Tensor } from '@tensorflow/tfjs-core';
import type { Shape } from '@tensorflow/tfjs-layers';
import type { OnnxGraph, OnnxLayer, OnnxValue } from '@polytag/core';
import { addResidual } from '@polytag/ops';
import { ParametricLayer } from '../parameters/parametric-layer.js';

/** Sum of a block's result and its input: [x, shortcut], with equal shapes (He et al., 2016). */
export class AddResidual extends ParametricLayer implements OnnxLayer {
  static readonly className = 'PolytagAddResidual';

  override call(inputs: Tensor | Tensor[]): Tensor {
    const [x, shortcut] = inputs as Tensor[];
    return addResidual(x, shortcut);
  }

  override computeOutputShape(inputShapes: Shape[]): Shape {
    return inputShapes[0];
  }

  toOnnx(graph: OnnxGraph, inputs: readonly OnnxValue[]): string {
    return graph.node(
      'Add',
      inputs.map(({ name }) => name),
    );
  }
}

serialization.registerClass(AddResidual);
