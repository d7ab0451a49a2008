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
  /** With defaults; giving them again gives the same part. */
  readonly options: Record<string, unknown>;
  /** Absolute path or package name of the module it came from; undefined for a named part. */
  readonly module?: string;
  /** That module and the files that it imports, as a saved model keeps them. */
  readonly code?: ModuleCode;
  /** The file that it is made of, as a saved model keeps it. */
  readonly file?: PartFile;
}
