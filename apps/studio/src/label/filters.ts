import { modelState } from '../model-state.ts';
import type { DataState } from './data-state.ts';
import { ABSENT, PRESENT, UNKNOWN } from './labelling.ts';

export const FILTERS = ['all', 'untagged', 'present', 'absent', 'unknown', 'doubt', 'disagree'] as const;
export type FilterName = (typeof FILTERS)[number];

export interface Filter {
  readonly name: FilterName;
  /** Position of a label; undefined: any. */
  readonly label?: number;
}

/** Positions of the photographs that a filter shows, in their order; those of doubt and disagreement with the most of it first. */
export function filtered(data: DataState, { name, label }: Filter): number[] {
  const { labelling, names } = data;
  const all = names.map((_, image) => image);
  const columns = label === undefined ? labelling.states : [labelling.states[label]].filter(Boolean);
  const some = (state: number) => all.filter((image) => columns.some((column) => column[image] === state));
  switch (name) {
    case 'all':
      return all;
    case 'untagged':
      return all.filter((image) => labelling.isUntouched(image));
    case 'present':
      return some(PRESENT);
    case 'unknown':
      return some(UNKNOWN);
    case 'absent':
      return label === undefined
        ? all.filter((image) => columns.every((column) => column[image] !== PRESENT))
        : some(ABSENT);
    case 'doubt':
      return ranked(data, label, (distance) => -Math.abs(distance));
    case 'disagree':
      return ranked(data, label, (distance, state) =>
        state === UNKNOWN || (state === PRESENT) === distance >= 0 ? -Infinity : Math.abs(distance),
      );
  }
}

const logit = (p: number) => Math.log((p + 1e-6) / (1 - p + 1e-6));

/** Photographs by the highest worth of their labels, best first. @param worth of the distance of a score from its threshold */
function ranked(
  { suggestions, labelling, names }: DataState,
  label: number | undefined,
  worth: (distance: number, state: number) => number,
): number[] {
  if (!suggestions) return [];
  const { thresholds } = modelState.value;
  const columns = suggestions.labels.flatMap((name, k) => {
    const own = labelling.labels.indexOf(name);
    return own < 0 || (label !== undefined && own !== label) ? [] : [[k, own] as const];
  });
  const width = suggestions.labels.length;
  const worths = names.map((_, image) =>
    columns.reduce((most, [k, own]) => {
      const score = suggestions.scores[image * width + k];
      if (Number.isNaN(score)) return most;
      return Math.max(most, worth(logit(score) - logit(thresholds[k] ?? 0.5), labelling.states[own][image]));
    }, -Infinity),
  );
  return [...worths.keys()]
    .filter((image) => worths[image] > -Infinity)
    .sort((a, b) => worths[b] - worths[a]);
}
