/** What is published about a part of a data set. */
export interface PublishedSplit {
  /** More than one where papers differ. */
  readonly images: readonly number[];
  /** Different labels an image, on average, to two digits. */
  readonly meanLabels?: string;
  /** Listed labels an image (one for each object), on average, to two digits. */
  readonly meanListed?: string;
  /** Images of each class, in sorted order. */
  readonly classImages?: readonly number[];
}

export interface PublishedSet {
  readonly name: string;
  readonly format: string;
  readonly classes: number;
  /** By the name that the reader gives the split. */
  readonly splits: Readonly<Record<string, PublishedSplit>>;
}

/**
 * The paper's four data sets (docs/method.md#data-sets). VOC, and the second part of NUS-WIDE and VG500, were counted
 * in the authors' label files; the others are what papers report.
 */
const PUBLISHED: readonly PublishedSet[] = [
  {
    ...{ name: 'COCO 2014', format: 'coco', classes: 80 },
    splits: { train2014: { images: [82_081] }, val2014: { images: [40_137] } },
  },
  {
    ...{ name: 'VOC 2007', format: 'voc', classes: 20 },
    splits: {
      trainval: {
        ...{ images: [5011], meanListed: '3.13' },
        classImages: [
          ...[240, 255, 333, 188, 262, 197, 761, 344, 572, 146],
          ...[263, 430, 294, 249, 2095, 273, 97, 372, 263, 279],
        ],
      },
      test: {
        ...{ images: [4952], meanListed: '3.02' },
        classImages: [
          ...[205, 250, 289, 176, 240, 183, 775, 332, 545, 127],
          ...[247, 433, 279, 233, 2097, 254, 98, 355, 259, 255],
        ],
      },
    },
  },
  {
    ...{ name: 'NUS-WIDE', format: 'nus-wide', classes: 81 },
    splits: { train: { images: [119_103] }, val: { images: [50_720], meanLabels: '2.44' } },
  },
  {
    ...{ name: 'VG500', format: 'vg500', classes: 500 },
    splits: { train: { images: [82_904, 98_249] }, test: { images: [10_000], meanLabels: '13.61' } },
  },
];

/** The published set that has just these splits, if any. */
export function publishedSet(format: string, splits: readonly string[]): PublishedSet | undefined {
  const names = JSON.stringify([...splits].sort());
  return PUBLISHED.find(
    (set) => set.format === format && JSON.stringify(Object.keys(set.splits).sort()) === names,
  );
}
