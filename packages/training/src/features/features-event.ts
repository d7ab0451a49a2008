/** Progress of `cacheFeatures`. */
export type FeaturesEvent =
  /** Reads the image files to see which are known. */
  | { readonly kind: 'hashing'; readonly done: number; readonly total: number }
  /** Known before the backbone runs. */
  | {
      readonly kind: 'planned';
      readonly images: number;
      /** Number of views of each image. */
      readonly views: number;
      /** Number of maps to compute; the others are in the cache. */
      readonly missing: number;
      /** Bytes of all maps, and of those to be written. */
      readonly bytes: number;
      readonly bytesToWrite: number;
      /** Damaged cache files, whose maps are computed again. */
      readonly damaged: number;
      /** Folder of these files. */
      readonly folder: string;
    }
  | {
      readonly kind: 'computing';
      /** Number of maps done. */
      readonly done: number;
      readonly total: number;
      readonly mapsPerSecond: number;
      readonly secondsLeft: number;
    };
