import type { Fixtures, GoldenCase } from './fixtures.js';

export type EngineName = 'wasm' | 'cpu' | 'webgpu';

export interface GoldenContext {
  readonly fixtures: Fixtures;
  /** The tensor engine, already chosen. */
  readonly engine: EngineName;
}

/** Checks one case; throws when a number is out of the manifest's tolerance. */
export type GoldenRunner = (golden: GoldenCase, context: GoldenContext) => void | Promise<void>;

/** The runners of some kinds of case. */
export interface KindRunners {
  readonly [kind: string]: {
    readonly run: GoldenRunner;
    /** Plain numbers, no tensors: run once, not on every engine. */
    readonly withoutEngine?: boolean;
    /** A published network: `npm run golden` runs it on every engine, the test suite on the first alone. */
    readonly isPublished?: boolean;
    /** Why a case is not for the parts built so far, or undefined when it must run. */
    readonly outOfScope?: (golden: GoldenCase) => string | undefined;
  };
}
