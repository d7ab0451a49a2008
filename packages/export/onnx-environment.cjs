const { TestEnvironment } = require('jest-environment-node');

/** Tests whose arrays are those of Node itself: onnxruntime's native side makes such, and refuses others. */
module.exports = class extends TestEnvironment {
  constructor(...options) {
    super(...options);
    Object.assign(this.global, { Float32Array, BigInt64Array, Uint16Array, Int8Array });
  }
};
