/** `@polytag/model/config`: what a config file says of a model, checked and looked up without loading TensorFlow.js. */
export * from './model-config.js';
export { findPublished, isPublishedName } from '../pretrained/find-published.js';
export { publishedWeights, type PublishedWeights } from '@polytag/backbones/presets';
