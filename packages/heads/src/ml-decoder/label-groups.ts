import type { LabelReordering } from '@polytag/core';

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

/**
 * Where the model's groups are among the file's, for `order` as `LabelReordering` has it. Undefined when labels that
 * share a query here do not share one there, or the file lacks a label.
 */
function groupsIn(order: readonly number[], labelsPerGroup: number): number[] | undefined {
  if (order.includes(-1)) return undefined;
  const groups = Array.from({ length: Math.ceil(order.length / labelsPerGroup) }, (_, group) =>
    Math.floor(order[group * labelsPerGroup] / labelsPerGroup),
  );
  const kept = order.every(
    (from, to) => Math.floor(from / labelsPerGroup) === groups[Math.floor(to / labelsPerGroup)],
  );
  return kept ? groups : undefined;
}

/**
 * Queries [G, D]: one row for each group.
 *
 * @param labelsPerGroup labels that a query answers for
 */
export const queriesByLabel =
  (labelsPerGroup: number): LabelReordering =>
  ({ shape: [, width], data }, order) => {
    const groups = groupsIn(order, labelsPerGroup);
    return (
      groups &&
      Float32Array.from(
        { length: data.length },
        (_, i) => data[groups[Math.floor(i / width)] * width + (i % width)],
      )
    );
  };

/**
 * Group weights [G, D, f]: one column for each label of a group. The last group's may be more than it has labels.
 *
 * @param labelsPerGroup labels that a query answers for
 */
export const groupWeightsByLabel =
  (labelsPerGroup: number): LabelReordering =>
  ({ shape: [, width, columns], data }, order) => {
    if (!groupsIn(order, labelsPerGroup)) return undefined;
    const result = new Float32Array(data.length);
    order.forEach((from, to) => {
      const start = (label: number) => Math.floor(label / columns) * width * columns + (label % columns);
      for (let i = 0; i < width; i++) result[start(to) + i * columns] = data[start(from) + i * columns];
    });
    return result;
  };
