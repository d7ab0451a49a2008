/** Queries when no number is given. */
const DEFAULT_GROUPS = 100;

export interface DecoderSizes {
  /** Number of queries, G. */
  readonly groups: number;
  /** Labels that a query answers for; the last group may answer for fewer. */
  readonly labelsPerGroup: number;
}

/** @param groups wanted number of queries; negative: 100. Never more than there are labels. */
export function decoderSizes(labelCount: number, groups: number): DecoderSizes {
  const used = Math.min(groups < 0 ? DEFAULT_GROUPS : groups, labelCount);
  return { groups: used, labelsPerGroup: Math.ceil(labelCount / used) };
}
