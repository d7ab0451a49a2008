import type { BoundOptimiser } from '../optimisers/optimiser.js';

/** An optimiser's view without some parameters: they get no gradient, and their state waits. */
export function restrictOptimiser(optimiser: BoundOptimiser, frozen: ReadonlySet<string>): BoundOptimiser {
  const groups = optimiser.groups.map((group) => ({
    ...group,
    parameters: group.parameters.filter(({ key }) => !frozen.has(key)),
  }));
  return { ...optimiser, groups };
}
