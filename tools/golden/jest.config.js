import preset from '../../jest.preset.js';

export default {
  ...preset,
  // TensorFlow.js's cpu backend asks for these at every element, and a global costs most in Jest's module scope.
  sandboxInjectedGlobals: ['Math', 'Symbol'],
};
