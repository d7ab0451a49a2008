import { availableParallelism, cpus, loadavg } from 'node:os';
import type { Streams } from '@polytag/cli';
import { relaxedSimdRuns, type KernelBuild } from '@polytag/engine';

/** Where figures were measured. */
export interface Machine {
  readonly cpu: string;
  readonly cores: number;
  readonly node: string;
  /** The kernels that the engine chooses here. */
  readonly engineBuild: KernelBuild;
  /** Mean number of processes that ran or waited in the last minute, before the measurement. */
  readonly load: number;
}

async function machine(): Promise<Machine> {
  return {
    cpu: cpus()[0]?.model.trim() ?? 'unknown',
    cores: availableParallelism(),
    node: process.versions.node,
    engineBuild: (await relaxedSimdRuns()) ? 'relaxed' : 'plain',
    load: loadavg()[0],
  };
}

function describeMachine({ cpu, cores, node, engineBuild, load }: Machine): string {
  return `${cpu}, ${cores} cores, Node ${node}, ${engineBuild} kernels, load ${load.toFixed(1)}`;
}

/**
 * The machine of a measurement, after telling of it: what every benchmark begins with.
 *
 * @param build of the kernels. Default: the one that the engine chooses
 */
export async function tellMachine({ out }: Streams, build?: KernelBuild): Promise<Machine> {
  const found = await machine();
  const where = { ...found, engineBuild: build ?? found.engineBuild };
  out.write(`${describeMachine(where)}\n`);
  return where;
}
