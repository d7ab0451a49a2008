import type { WorstMistakes } from '@polytag/metrics';

/** Images with a mistake, each once, in the order that they are looked at: the worst of every list first. */
export function imagesOf(lists: readonly WorstMistakes[]): ReadonlySet<number> {
  const images = new Set<number>();
  const columns = lists.flatMap(({ absent, present }) => [absent, present]);
  const longest = columns.reduce((most, { length }) => Math.max(most, length), 0);
  for (let rank = 0; rank < longest; rank++)
    for (const column of columns) if (rank < column.length) images.add(column[rank].image);
  return images;
}
