import { useEngine } from '@polytag/engine';

/** Every way a loss can run: composed, and fused with each build of the kernels. */
export const ENGINES = ['cpu', 'wasm, plain', 'wasm, relaxed'] as const;

export async function start(engine: (typeof ENGINES)[number]): Promise<void> {
  if (engine === 'cpu') await useEngine('cpu');
  else await useEngine('wasm', { simd: engine === 'wasm, plain' ? 'plain' : 'relaxed' });
}
