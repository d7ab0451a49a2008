/** What was found in label files and their images, as plain data. Images are called what their label file calls them. */
export interface DataReport {
  readonly files: readonly DataFileReport[];
  readonly duplicates: {
    /** Images that are left when one of each group stays are fewer by these. */
    readonly exactCopies: number;
    readonly nearCopies: number;
    /** Groups between label files first, then those whose labels differ, then the others. */
    readonly groups: readonly DuplicateGroupReport[];
  };
  /** Images that a network takes for alike, and that are not duplicates; where features were compared. */
  readonly alike?: {
    /** The least cosine of their features. */
    readonly cosine: number;
    readonly groups: readonly DuplicateGroupReport[];
  };
}

export interface DataFileReport {
  /** Of the label file: its name and that of its folder. */
  readonly name: string;
  readonly images: number;
  /** Different labels an image, on average. */
  readonly meanLabels: number;
  /** In vocabulary order. */
  readonly labels: readonly {
    readonly label: string;
    /** Images that have it. */
    readonly images: number;
    /** Images of which it is known whether they have it. */
    readonly known: number;
  }[];
  readonly unreadable: readonly UnreadableImage[];
  /** Labels with few images, the rarest first. */
  readonly rare: readonly { readonly label: string; readonly images: number }[];
  /** Sets of labels that the same images have. */
  readonly alwaysTogether: readonly { readonly labels: readonly string[]; readonly images: number }[];
  /** Labels that a reader takes for the same. */
  readonly lookAlikes: readonly (readonly string[])[];
  /** Of the images that can be used; null where none can. */
  readonly pictures: PicturesReport | null;
}

export interface UnreadableImage {
  readonly image: string;
  /** Of the error, e.g. `data/image-truncated`. */
  readonly code: string;
  readonly reason: string;
}

export interface PicturesReport {
  readonly images: number;
  readonly fileBytes: number;
  /** Pixels of the upright pictures. */
  readonly width: SpreadReport;
  readonly height: SpreadReport;
  readonly aspectRatio: SpreadReport;
  /** Images by format and by colour space, the most frequent first. */
  readonly formats: readonly (readonly [name: string, images: number])[];
  readonly colours: readonly (readonly [name: string, images: number])[];
}

export interface SpreadReport {
  readonly least: number;
  readonly median: number;
  readonly most: number;
}

/** Images that show the same. */
export interface DuplicateGroupReport {
  readonly kind: 'exact' | 'near';
  readonly similarity: number;
  readonly isBetweenFiles: boolean;
  readonly labelsThatDiffer: readonly string[];
  readonly images: readonly {
    /** The `name` of its label file. */
    readonly file: string;
    readonly image: string;
    readonly labels: readonly string[];
    readonly copy: 'first' | 'exact' | 'near';
  }[];
}
