import { TestEnvironment } from 'jest-environment-node';

/** Tests whose arrays are those of Node itself: a runtime's native side makes such, and refuses others. */
export default class extends TestEnvironment {
  constructor(...options) {
    super(...options);
    Object.assign(this.global, { Float32Array, BigInt64Array, Uint16Array, Int8Array });
  }
}
