import type { BackboneDefinition } from '@polytag/core';
import { mobileNetV3Large, mobileNetV3Small } from './mobilenet-v3/index.js';

/** Every backbone that a config file can name. */
export const backboneDefinitions: readonly BackboneDefinition[] = [mobileNetV3Large, mobileNetV3Small];
