import { strings } from '../strings.ts';
import { ABSENT, PRESENT, UNKNOWN, type Labelling, type State } from './labelling.ts';

/** The signs of what is known of a label, which tell it apart without colour. */
export const SIGNS: Readonly<Record<State, string>> = { [PRESENT]: '✓', [ABSENT]: '✕', [UNKNOWN]: '?' };
export const STATES = ['absent', 'present', 'unknown'] as const;

/** As many labels as have a key: of so many, each has its mark on a thumbnail. */
const MOST = 9;

export interface Mark {
  readonly state: State;
  /** Beside the sign: how many labels are so. */
  readonly count?: number;
}

/**
 * The marks on the thumbnail of a photograph: the state of each label, in their order, or of many labels how many are
 * present, absent and unknown.
 *
 * @param only the label that is looked at; default all
 */
export function marksOf({ labels, states }: Labelling, image: number, only?: number): Mark[] {
  const own = states.map((of) => of[image] as State);
  if (only !== undefined) return [{ state: own[only] }];
  if (labels.length <= MOST) return own.map((state) => ({ state }));
  return ([PRESENT, ABSENT, UNKNOWN] as const)
    .map((state) => ({ state, count: own.filter((one) => one === state).length }))
    .filter(({ count }) => count > 0);
}

/** The same for who does not see it: labels by their state; of those that are many, their number. */
export function describedMarks({ labels, states }: Labelling, image: number): string {
  return ([PRESENT, UNKNOWN, ABSENT] as const)
    .map((state) => [state, labels.filter((_, k) => states[k][image] === state)] as const)
    .filter(([, having]) => having.length > 0)
    .map(([state, having]) =>
      strings.label.described(
        strings.label.state[STATES[state]],
        state === PRESENT || having.length <= MOST ? having : having.length,
      ),
    )
    .join('; ');
}
