import type { AnyPartDefinition } from '../config/resolved-part.js';

export interface LoadModelOptions {
  /** Seed for dropout if the model is trained further. Default 0. */
  readonly seed?: number;
  /** Your own parts by name, used instead of the model's modules. */
  readonly parts?: readonly AnyPartDefinition[];
  /**
   * Whether a module named by the folder may run: one inside the folder, or an installed package. Default: false. A
   * module can do whatever your program can, so allow it only for folders that you trust.
   */
  readonly allowModules?: boolean;
}
