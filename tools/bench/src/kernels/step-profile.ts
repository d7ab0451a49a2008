import { squaredNorm } from '@polytag/engine';
import { variableOf } from '@polytag/layers';
import type { Workload } from '../side/workload.js';
import { observeKernels } from './observe-kernels.js';

/** Where the time of a step goes, milliseconds a step (means). */
export interface StepProfile {
  readonly step: number;
  /** Of the step: building and running the network forward, its kernels included. */
  readonly forward: number;
  /** The optimiser's update of all weights. */
  readonly update: number;
  /** The gradient's global norm, timed alone on tensors of the same sizes. */
  readonly norm: number;
  /** Time in kernels, by name, largest first. */
  readonly kernels: readonly { readonly name: string; readonly calls: number; readonly ms: number }[];
  /** Time in all kernels. */
  readonly inKernels: number;
  /** What is neither kernel, update nor norm: layers, tape, JavaScript. */
  readonly rest: number;
}

export async function profileSteps(workload: Workload): Promise<StepProfile> {
  const { steps, mode } = workload.work;
  const spent = { forward: 0, update: 0 };
  const timed =
    (name: keyof typeof spent) =>
    <T>(part: () => T): T => {
      const start = performance.now();
      const result = part();
      spent[name] += performance.now() - start;
      return result;
    };
  const parts = { forward: timed('forward'), update: timed('update') };
  const byName = new Map<string, { calls: number; ms: number }>();
  await workload.warmUp();
  const norm = mode === 'train' ? await normTime(workload, steps) : 0;
  const stop = observeKernels(({ name, ms }) => {
    const entry = byName.get(name) ?? { calls: 0, ms: 0 };
    byName.set(name, { calls: entry.calls + 1, ms: entry.ms + ms });
  });
  const start = performance.now();
  for (let i = 0; i < steps; i++) await workload.step(parts);
  const step = (performance.now() - start) / steps;
  stop();
  const kernels = [...byName]
    .map(([name, { calls, ms }]) => ({ name, calls: calls / steps, ms: ms / steps }))
    .sort((a, b) => b.ms - a.ms);
  const inKernels = kernels.reduce((sum, { ms }) => sum + ms, 0);
  const update = spent.update / steps;
  const rest = step - inKernels - update - norm;
  return { step, forward: spent.forward / steps, update, norm, kernels, inKernels, rest };
}

async function normTime({ model }: Workload, repeats: number): Promise<number> {
  const weights = model.parameters.filter(({ buffer }) => !buffer).map(variableOf);
  const start = performance.now();
  for (let i = 0; i < repeats; i++) await squaredNorm(weights);
  return (performance.now() - start) / repeats;
}
