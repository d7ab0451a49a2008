import { backboneDefinitions } from '@polytag/backbones';
import type { BackboneDefinition, HeadDefinition, LossDefinition } from '@polytag/core';
import { headDefinitions } from '@polytag/heads';
import { lossDefinitions } from '@polytag/losses';
import { onnxBackboneDefinition } from '../onnx-backbone/onnx-backbone.js';

/** All parts that a config can name without a module. */
export const builtInParts: readonly (BackboneDefinition | HeadDefinition | LossDefinition)[] = [
  ...backboneDefinitions,
  onnxBackboneDefinition,
  ...headDefinitions,
  ...lossDefinitions,
];
