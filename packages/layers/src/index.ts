export { parametersOf } from './parameters/parameters-of.js';
export {
  ParametricLayer,
  type Initial,
  type Parameter,
  type ParameterOptions,
  type ParametricLayerOptions,
  type WeightLayout,
} from './parameters/parametric-layer.js';
