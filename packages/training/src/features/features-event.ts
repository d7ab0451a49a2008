/** What `cacheFeatures` tells while it works. */
export type FeaturesEvent =
  /** Reads the image files to see which are known. */
  | { readonly kind: 'hashing'; readonly done: number; readonly total: number }
  /** Known before the backbone runs. */
  | {
      readonly kind: 'planned';
      readonly images: number;
      /** Of each image. */
      readonly views: number;
      /** Maps that must be computed; the others are in the cache. */
      readonly missing: number;
      /** Bytes of all maps, and of those that must be written. */
      readonly bytes: number;
      readonly bytesToWrite: number;
      /** Damaged files of the cache, whose maps are computed anew. */
      readonly damaged: number;
      /** Where they are. */
      readonly folder: string;
    }
  | {
      readonly kind: 'computing';
      /** Maps. */
      readonly done: number;
      readonly total: number;
      readonly mapsPerSecond: number;
      readonly secondsLeft: number;
    };
