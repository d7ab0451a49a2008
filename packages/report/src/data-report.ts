/** Findings about label files and their images, as plain data. Images have their names in the label file. */
export interface DataReport {
  readonly files: readonly DataFileReport[];
  readonly duplicates: {
    /** Number of exact copies: so many images would go if one of each group stayed. */
    readonly exactCopies: number;
    readonly nearCopies: number;
    /** Groups between label files first, then those whose labels differ, then the others. */
    readonly groups: readonly DuplicateGroupReport[];
  };
  /** Images with similar features that are not duplicates, if features were compared. */
  readonly alike?: {
    /** Smallest cosine of their features. */
    readonly cosine: number;
    readonly groups: readonly DuplicateGroupReport[];
  };
}

export interface DataFileReport {
  /** Of the label file: its name and that of its folder. */
  readonly name: string;
  readonly images: number;
  /** Mean number of different labels per image. */
  readonly meanLabels: number;
  /** In vocabulary order. */
  readonly labels: readonly {
    readonly label: string;
    /** Number of images with the label. */
    readonly images: number;
    /** Number of images for which the label is known. */
    readonly known: number;
  }[];
  readonly unreadable: readonly UnreadableImage[];
  /** Labels with few images, the rarest first. */
  readonly rare: readonly { readonly label: string; readonly images: number }[];
  /** Sets of labels that always occur together. */
  readonly alwaysTogether: readonly { readonly labels: readonly string[]; readonly images: number }[];
  /** Labels that look alike. */
  readonly lookAlikes: readonly (readonly string[])[];
  /** Statistics of the usable images; null if there are none. */
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

/** Images with the same content. */
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
