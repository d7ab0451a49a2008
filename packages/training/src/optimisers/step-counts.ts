import type { Variable } from '@tensorflow/tfjs-core';
import { CheckpointError } from '@polytag/core';
import { variableOf } from '@polytag/layers';
import type { ParameterGroup } from './parameter-groups.js';

/**
 * How many updates each parameter has had. PyTorch counts them for each parameter too: one that was frozen at first
 * has its first step, and its own bias correction, when it is first moved.
 */
export class StepCounts {
  readonly #keys = new Map<Variable, string>();
  readonly #counts = new Map<Variable, number>();

  constructor(groups: readonly ParameterGroup[]) {
    for (const parameter of groups.flatMap((group) => group.parameters)) {
      this.#keys.set(variableOf(parameter), parameter.key);
      this.#counts.set(variableOf(parameter), 0);
    }
  }

  /** Counts an update and gives its number, from 1. */
  next(weight: Variable): number {
    const count = this.#counts.get(weight)! + 1;
    this.#counts.set(weight, count);
    return count;
  }

  /** Parameter key to its number of updates. */
  get named(): Record<string, number> {
    return Object.fromEntries([...this.#counts].map(([weight, count]) => [this.#keys.get(weight)!, count]));
  }

  /** @throws CheckpointError `checkpoint/optimiser-state` when a parameter's count is missing */
  restore(saved: Readonly<Record<string, number>>): void {
    for (const [weight, key] of this.#keys) {
      const count = saved[key];
      if (!Number.isInteger(count)) {
        throw new CheckpointError(
          'checkpoint/optimiser-state',
          `The saved optimiser state has no step count for "${key}".`,
          { hint: 'Resume with the model and optimiser of the original run.' },
        );
      }
      this.#counts.set(weight, count);
    }
  }
}
