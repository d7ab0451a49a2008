/**
 * What a pickle holds once it is read: None is null, an integer beyond 2^53 a bigint, bytes a Uint8Array; list,
 * tuple and set are arrays, every kind of dict is a Map in the order of its keys.
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

/** A class or function that a pickle names, and what stands for calling it here. */
export class PickledGlobal extends PickledObject {
  readonly kind = 'global';

  /**
   * @param name e.g. `collections.OrderedDict`
   * @param call makes the value from the arguments of the pickle; throws when they are not as they should be.
   * Undefined: it can be named, not called
   */
  constructor(
    readonly name: string,
    readonly call?: (args: readonly PickleValue[]) => PickleValue,
  ) {
    super();
  }
}
