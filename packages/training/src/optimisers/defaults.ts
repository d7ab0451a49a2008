// Without TensorFlow.js: the settings of a config have the same defaults, and are checked before it is loaded.

export const SGD_DEFAULTS = { momentum: 0.9, dampening: 0, nesterov: false };
export const ADAMW_DEFAULTS = { beta1: 0.9, beta2: 0.999, epsilon: 1e-8, amsgrad: false };
/** The authors' momentum; PyTorch's own default is 0. */
export const RMSPROP_DEFAULTS = { alpha: 0.99, momentum: 0.9, epsilon: 1e-8 };
export const RADAM_DEFAULTS = { beta1: 0.9, beta2: 0.999, epsilon: 1e-8 };
export const SAM_DEFAULTS = { rho: 0.05, adaptive: false };
