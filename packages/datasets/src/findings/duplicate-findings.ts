import type { LabelledDataset, LabelledImage } from '../dataset/labelled-dataset.js';
import type { Duplicates } from '../duplicates/find-duplicates.js';

/** Images with the same content in one or several label files. */
export interface DuplicateGroup {
  /** `exact` if all files have the same bytes. */
  readonly kind: 'exact' | 'near';
  /** Smallest similarity of the compared pairs. */
  readonly similarity: number;
  /** In the order of the label files; the first is kept when copies are removed. */
  readonly images: readonly DuplicateImage[];
  /** Names of labels that one of them has and another lacks. */
  readonly labelsThatDiffer: readonly string[];
  /** Whether they are in different label files. */
  readonly isBetweenFiles: boolean;
}

export interface DuplicateImage {
  /** Index of its data set. */
  readonly dataset: number;
  /** Index in its data set. */
  readonly index: number;
  readonly image: LabelledImage;
  /** `exact`: an earlier image of the group has the same bytes; `near`: earlier ones have the same content. */
  readonly copy: 'first' | 'exact' | 'near';
}

/**
 * Groups of images with the same content: first groups across files, then those with differing labels, then the others,
 * each in the order of their first images.
 *
 * @param duplicates result for the images of all data sets, one after the other
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
