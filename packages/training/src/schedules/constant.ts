import type { Schedule } from './schedule.js';

/** The peak learning rate and the optimiser's own momentum in every step. */
export function constant(): Schedule {
  return { name: 'constant', at: () => ({ factor: 1 }), warmUpFinished: () => true };
}
