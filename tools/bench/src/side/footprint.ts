import { engineMemory } from '@polytag/engine';
import type { Workload } from './workload.js';

/** What a process holds after a number of steps. */
export interface Footprint {
  readonly step: number;
  readonly tensors: number;
  readonly heapBytes: number;
}

/**
 * Takes steps and says what is held after the first `early` and after `late` of them. A step that leaves nothing behind
 * gives two footprints that are equal but for the step.
 *
 * @param say hears the number of every step taken
 */
export async function footprints(
  workload: Workload,
  early: number,
  late: number,
  say: (step: number) => void = () => undefined,
): Promise<[early: Footprint, late: Footprint]> {
  let step = 0;
  const after = async (steps: number): Promise<Footprint> => {
    while (step < steps) {
      await workload.step();
      say(++step);
    }
    return { step, ...engineMemory() };
  };
  return [await after(early), await after(late)];
}

/** Whether both hold as many tensors and as large a heap. */
export function sameSize([early, late]: readonly [Footprint, Footprint]): boolean {
  return early.tensors === late.tensors && early.heapBytes === late.heapBytes;
}
