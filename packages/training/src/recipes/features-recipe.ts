/**
 * The recipe `features` of `polytag-train`, also used by the Studio page: a frozen published backbone runs once, and a
 * head is trained on its features. It did best on a few thousand photographs within minutes
 * (`configs/real/corel5k-80-best.yaml`).
 */
export const FEATURES_RECIPE = {
  data: { height: 288, width: 288 },
  model: {
    backbone: { name: 'mobilenet-v3-small' },
    head: { name: 'linear', options: { space: 'cosines', scale: 23 } },
    weights: 'imagenet',
  },
  loss: { name: 'aam-asl', options: { margin: 0, k: 0.7, gammaNeg: 0, gammaPos: 0 } },
  training: {
    epochs: 40,
    batchSize: 64,
    learningRate: 4e-3,
    features: true,
    schedule: { name: 'one-cycle' },
    sam: { rho: 0.05 },
    earlyStopping: false,
    ema: { decay: 0.99 },
  },
} as const;
