/** How to merge the annotations of several people. */
export type SeveralAnnotators = 'majority' | 'any' | 'all' | 'unknown';

/** The annotation of an image by one person. */
export interface Vote {
  /** A label may be listed several times, once per object. */
  readonly labels: readonly string[];
  /** Labels of which the person was not sure. */
  readonly unknown: readonly string[];
  readonly by?: string;
  /** Time of the annotation, in a form that sorts. */
  readonly time: string;
  readonly truth: boolean;
}

/**
 * Merges votes. If some are marked as ground truth, only these count; if a person voted several times, only the latest.
 * An image has a label that more than half of the votes list (`majority`; exactly half makes it unknown), that any
 * lists (`any`), or that all list (`all`). With `unknown`, a label is unknown if the votes differ.
 *
 * @param votes at least one
 * @returns labels, as often as the vote that lists them most, and unknown labels
 */
export function combineVotes(
  votes: readonly Vote[],
  how: SeveralAnnotators,
): { readonly labels: string[]; readonly unknown: string[] } {
  const counted = countedVotes(votes);
  const labels: string[] = [];
  const unknown: string[] = [];
  const named = new Set(counted.flatMap((vote) => [...vote.labels, ...vote.unknown]));
  for (const label of named) {
    const times = counted.map((vote) => vote.labels.filter((one) => one === label).length);
    const yes = times.filter((count) => count > 0).length;
    const unsure = counted.filter(
      (vote) => vote.unknown.includes(label) && !vote.labels.includes(label),
    ).length;
    const verdict = verdictOf(yes, unsure, counted.length, how);
    if (verdict === 'present') labels.push(...Array<string>(Math.max(...times)).fill(label));
    if (verdict === 'unknown') unknown.push(label);
  }
  return { labels, unknown };
}

function countedVotes(votes: readonly Vote[]): readonly Vote[] {
  const truth = votes.filter((vote) => vote.truth);
  const latest = new Map<string, Vote>();
  for (const [i, vote] of (truth.length > 0 ? truth : votes).entries()) {
    const by = vote.by ?? `nobody ${i}`;
    const before = latest.get(by);
    if (!before || vote.time >= before.time) latest.set(by, vote);
  }
  return [...latest.values()];
}

function verdictOf(
  yes: number,
  unsure: number,
  all: number,
  how: SeveralAnnotators,
): 'present' | 'absent' | 'unknown' {
  const no = all - yes - unsure;
  switch (how) {
    case 'any':
      return yes > 0 ? 'present' : unsure > 0 ? 'unknown' : 'absent';
    case 'all':
      return no > 0 ? 'absent' : unsure > 0 ? 'unknown' : 'present';
    case 'unknown':
      return yes === all ? 'present' : no === all ? 'absent' : 'unknown';
    case 'majority':
      return 2 * yes > all ? 'present' : 2 * no > all ? 'absent' : 'unknown';
  }
}
