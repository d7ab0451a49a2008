/**
 * A value read from a pickle: None is null, an integer beyond 2^53 a bigint, bytes a Uint8Array; list, tuple and set
 * are arrays, every kind of dict is a Map in the order of its keys.
 */
export type PickleValue =
  | null
  | boolean
  | number
  | bigint
  | string
  | Uint8Array
  | readonly PickleValue[]
  | ReadonlyMap<PickleValue, PickleValue>
  | PickledObject;

/** An object that a reader of a certain kind of pickle makes, e.g. a tensor. */
export abstract class PickledObject {
  /** What errors call it. */
  abstract readonly kind: string;
}

/**
 * Placeholder for an object of an unknown class or function. It is not created, and matters only in the place of
 * weights.
 */
export class PickledUnread extends PickledObject {
  readonly kind = 'unread';

  /** @param maker what would make it, e.g. `pathlib.PosixPath` */
  constructor(readonly maker: string) {
    super();
  }
}

/** An object of plain attributes, e.g. `argparse.Namespace`. */
export class PickledRecord extends PickledObject {
  readonly kind = 'record';
  readonly attributes = new Map<PickleValue, PickleValue>();

  fill(state: ReadonlyMap<PickleValue, PickleValue>): void {
    for (const [name, value] of state) this.attributes.set(name, value);
  }
}

/** Characters of a module, and of a name in it: a text that is remembered can be a name again and again. */
export const MAX_NAME_LENGTH = 500;

/** A class or function that a pickle names, and what stands for calling it here. */
export class PickledGlobal extends PickledObject {
  readonly kind = 'global';

  /**
   * @param name e.g. `collections.OrderedDict`
   * @param call makes the value from the arguments of the pickle; throws when they are not as they should be.
   * Undefined: nothing is known of it but its name
   */
  constructor(
    readonly name: string,
    readonly call?: (args: readonly PickleValue[]) => PickleValue,
  ) {
    super();
  }
}
