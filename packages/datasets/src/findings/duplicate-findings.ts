import type { LabelledDataset, LabelledImage } from '../dataset/labelled-dataset.js';
import type { Duplicates } from '../duplicates/find-duplicates.js';

/** Images of one or several label files that show the same. */
export interface DuplicateGroup {
  /** `exact` where all are files of the same bytes. */
  readonly kind: 'exact' | 'near';
  /** The least similarity of the pairs that were compared. */
  readonly similarity: number;
  /** In the order of the files and in theirs; the first is the one that stays where copies are left out. */
  readonly images: readonly DuplicateImage[];
  /** Labels that one of them is said to have and another not to have, by name. */
  readonly labelsThatDiffer: readonly string[];
  /** Whether they are in different label files. */
  readonly isBetweenFiles: boolean;
}

export interface DuplicateImage {
  /** Position of its data set among those given. */
  readonly dataset: number;
  /** Position in its data set. */
  readonly index: number;
  readonly image: LabelledImage;
  /** `exact`: an image before it in the group has the same bytes; `near`: those before it show the same. */
  readonly copy: 'first' | 'exact' | 'near';
}

/**
 * The groups of images that show the same: those between files first, then those whose labels differ, then the others,
 * each in the order of their first images.
 *
 * @param duplicates of the images of all data sets, one after the other
 */
export function duplicateGroups(
  datasets: readonly LabelledDataset[],
  { group, pairs }: Duplicates,
): readonly DuplicateGroup[] {
  const images = datasets.flatMap((dataset, d) =>
    dataset.images.map((image, index) => ({ dataset: d, index, image })),
  );
  const members = new Map<number, number[]>();
  for (const i of new Set(pairs.flatMap(({ first, second }) => [first, second])).values()) {
    const same = members.get(group[i]);
    if (same) same.push(i);
    else members.set(group[i], [i]);
  }
  const similarities = new Map<number, number>();
  const exactCopies = new Set<number>();
  for (const { first, second, kind, similarity } of pairs) {
    similarities.set(group[first], Math.min(similarity, similarities.get(group[first]) ?? 1));
    if (kind === 'exact') exactCopies.add(second);
  }
  const groups = [...members.values()]
    .map((of) => of.sort((a, b) => a - b))
    .sort(([a], [b]) => a - b)
    .map((of): DuplicateGroup => {
      const [first] = of;
      const shown = of.map((i): DuplicateImage => {
        const copy = i === first ? 'first' : exactCopies.has(i) ? 'exact' : 'near';
        return { ...images[i], copy };
      });
      return {
        kind: shown.some(({ copy }) => copy === 'near') ? 'near' : 'exact',
        similarity: similarities.get(group[first])!,
        images: shown,
        labelsThatDiffer: labelsThatDiffer(datasets, shown),
        isBetweenFiles: shown.some(({ dataset }) => dataset !== shown[0].dataset),
      };
    });
  const rank = ({ isBetweenFiles, labelsThatDiffer }: DuplicateGroup) =>
    isBetweenFiles ? 0 : labelsThatDiffer.length > 0 ? 1 : 2;
  return groups.sort((a, b) => rank(a) - rank(b));
}

/** What is unknown of an image, or no class of its file, differs from nothing. */
function labelsThatDiffer(
  datasets: readonly LabelledDataset[],
  images: readonly DuplicateImage[],
): readonly string[] {
  const [present, absent] = [new Set<string>(), new Set<string>()];
  for (const { dataset, image } of images) {
    const { names } = datasets[dataset].labels;
    const [has, unknown] = [new Set(image.labels), new Set(image.unknown)];
    names.forEach((name, label) => {
      if (has.has(label)) present.add(name);
      else if (!unknown.has(label)) absent.add(name);
    });
  }
  return [...present].filter((name) => absent.has(name));
}
