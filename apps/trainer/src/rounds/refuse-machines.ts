import { UsageError } from '@polytag/core';
import type { RunConfig } from '../config/run-config.js';

/**
 * Refuses a config that trains by rounds, where runs are what is divided between machines.
 *
 * @param command as a person gives it, e.g. `sweep`
 * @throws UsageError `usage/machines`
 */
export function refuseMachines({ training }: RunConfig, command: string): void {
  if (!training.machines) return;
  throw new UsageError(
    'usage/machines',
    `training.machines is set, and ${command} trains each run on one machine.`,
    {
      hint: 'Add --set training.machines=false: each run is then trained by one machine.',
    },
  );
}
