import type {
  Backbone,
  BackboneDefinition,
  Head,
  HeadDefinition,
  Loss,
  LossDefinition,
  PartFile,
} from '@polytag/core';
import type { ModuleCode } from '#import-part';

export type AnyPartDefinition = BackboneDefinition | HeadDefinition | LossDefinition;

interface Kinds {
  readonly backbone: { readonly part: Backbone; readonly definition: BackboneDefinition };
  readonly head: { readonly part: Head; readonly definition: HeadDefinition };
  readonly loss: { readonly part: Loss; readonly definition: LossDefinition };
}

export type PartKind = keyof Kinds;

export interface ResolvedPart<Kind extends PartKind> {
  readonly part: Kinds[Kind]['part'];
  readonly definition: Kinds[Kind]['definition'];
  /** Options with all defaults; the same options create the same part again. */
  readonly options: Record<string, unknown>;
  /** Absolute path or package name of the part's module; undefined for a part found by name. */
  readonly module?: string;
  /** The module and the files that it imports, for saving with the model. */
  readonly code?: ModuleCode;
  /** The file that the part was loaded from, for saving with the model. */
  readonly file?: PartFile;
}
