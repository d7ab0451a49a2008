import { availableParallelism, cpus, loadavg } from 'node:os';
import type { Streams } from '@polytag/cli';
import { relaxedSimdRuns, type KernelBuild } from '@polytag/engine';
import { nativeBuilds } from '@polytag/native';

/** Where figures were measured. */
export interface Machine {
  readonly cpu: string;
  readonly cores: number;
  readonly node: string;
  /** The kernels that the engine chooses here. */
  readonly engineBuild: KernelBuild;
  /** The native kernels beside them, and the floats of their vectors; or why there are none. */
  readonly native: string;
  /** Mean number of processes that ran or waited in the last minute, before the measurement. */
  readonly load: number;
}

function nativeKernels(): string {
  const setting = process.env['POLYTAG_NATIVE'] ?? '';
  if (setting === '0') return 'POLYTAG_NATIVE=0';
  const found = nativeBuilds();
  if ('reason' in found) return found.reason;
  const build = found.builds.find(({ name }) => name === setting) ?? found.builds[0];
  return `native ${build.name}, vectors of ${build.width}`;
}

async function machine(): Promise<Machine> {
  return {
    cpu: cpus()[0]?.model.trim() ?? 'unknown',
    cores: availableParallelism(),
    node: process.versions.node,
    engineBuild: (await relaxedSimdRuns()) ? 'relaxed' : 'plain',
    native: nativeKernels(),
    load: loadavg()[0],
  };
}

function describeMachine({ cpu, cores, node, engineBuild, native, load }: Machine): string {
  return `${cpu}, ${cores} cores, Node ${node}, ${engineBuild} kernels (${native}), load ${load.toFixed(1)}`;
}

/**
 * The machine of a measurement, after telling of it: what every benchmark begins with.
 *
 * @param build of the kernels. Default: the one that the engine chooses
 */
export async function tellMachine({ out }: Streams, build?: KernelBuild): Promise<Machine> {
  const found = await machine();
  const where = build ? { ...found, engineBuild: build, native: 'not natively' } : found;
  out.write(`${describeMachine(where)}\n`);
  return where;
}
