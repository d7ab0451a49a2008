import { useEngine } from '@polytag/engine';
import type { RunConfig } from './run-config.js';

/**
 * Chooses the engine that a config names.
 * @throws EngineError as `useEngine`; `engine/missing` where `native: true` finds no native kernels
 */
export async function useConfiguredEngine({ engine, native }: RunConfig): Promise<void> {
  await useEngine(engine, { native });
}
