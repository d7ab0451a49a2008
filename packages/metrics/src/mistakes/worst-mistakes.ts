import { judgement, type ScoreTable } from '../scores/score-table.js';

/** One decision about one image. */
export interface Mistake {
  /** Index of the image. */
  readonly image: number;
  /** Index of the class. */
  readonly index: number;
  readonly score: number;
}

export interface WorstMistakes {
  /** Absent labels, highest scores first. */
  readonly absent: readonly Mistake[];
  /** Present labels, lowest scores first. */
  readonly present: readonly Mistake[];
}

/**
 * The worst mistakes: absent labels with high scores, and present labels with low scores. Each image is at most once in
 * either list, with its worst label. Equal scores: the lower class, then the earlier image, first. Unknown elements are
 * ignored.
 *
 * @param most maximum length of a list (default 12)
 */
export function worstMistakes(table: ScoreTable, most = 12): WorstMistakes {
  const { scores, targets, images, classes } = table;
  const absent: Mistake[] = [];
  const present: Mistake[] = [];
  for (let image = 0; image < images; image++) {
    let highest: Mistake | undefined;
    let lowest: Mistake | undefined;
    for (let index = 0; index < classes; index++) {
      const score = scores[image * classes + index];
      const truth = judgement(targets[image * classes + index]);
      if (truth === 0 && !(highest && score <= highest.score)) highest = { image, index, score };
      if (truth === 1 && !(lowest && score >= lowest.score)) lowest = { image, index, score };
    }
    if (highest) absent.push(highest);
    if (lowest) present.push(lowest);
  }
  return {
    absent: absent.sort((a, b) => b.score - a.score || a.image - b.image).slice(0, most),
    present: present.sort((a, b) => a.score - b.score || a.image - b.image).slice(0, most),
  };
}

/**
 * The worst mistakes of each class, in vocabulary order: images without the label with the highest scores, and images
 * with the label with the lowest. Equal scores: the earlier image first.
 *
 * @param most maximum length of a list (default 6)
 */
export function worstMistakesByClass(table: ScoreTable, most = 6): WorstMistakes[] {
  const { scores, targets, images, classes } = table;
  const lists = Array.from({ length: classes }, () => ({
    absent: [] as Mistake[],
    present: [] as Mistake[],
  }));
  for (let image = 0; image < images; image++) {
    for (let index = 0; index < classes; index++) {
      const score = scores[image * classes + index];
      const truth = judgement(targets[image * classes + index]);
      if (truth === 0) keepWorst(lists[index].absent, { image, index, score }, most, (a, b) => a > b);
      if (truth === 1) keepWorst(lists[index].present, { image, index, score }, most, (a, b) => a < b);
    }
  }
  return lists;
}

/** Puts an entry into a sorted list that holds `most`; one that is no worse than the last of a full list has no place. */
function keepWorst(
  list: Mistake[],
  entry: Mistake,
  most: number,
  isWorse: (score: number, than: number) => boolean,
): void {
  let place = list.length;
  while (place > 0 && isWorse(entry.score, list[place - 1].score)) place--;
  if (place === most) return;
  list.splice(place, 0, entry);
  if (list.length > most) list.pop();
}
