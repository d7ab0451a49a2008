import { EngineError } from '@polytag/core';
import { platform } from '#platform';

/** The WebGPU adapter of this machine in words, or the reason why there is none. */
export async function findAdapter(): Promise<{ readonly adapter?: string; readonly reason?: string }> {
  try {
    const adapter = (await (await platform.gpu()).requestAdapter()) as {
      info: { vendor: string; architecture: string; description: string };
    } | null;
    if (!adapter) return { reason: 'no adapter (no graphics card, no software driver)' };
    const { vendor, architecture, description } = adapter.info;
    return { adapter: [vendor, architecture, description].filter(Boolean).join(', ') };
  } catch (error) {
    if (error instanceof EngineError) return { reason: error.message };
    throw error;
  }
}
