import { EngineError } from '@polytag/core';
import { openBlockingSession } from '#blocking-session';
import type { BlockingSession } from './blocking-session.js';

interface SharedSession {
  readonly session: BlockingSession;
  holders: number;
}

/** By the digest of the file. One that nobody holds any more stays until another file is opened. */
const shared = new Map<string, SharedSession>();

/** A session that others may use too; give it back when it is no longer needed. */
export interface HeldSession extends Pick<BlockingSession, 'runtime' | 'run'> {
  giveBack(): void;
}

/**
 * The session of a file: a config is checked, its model built and run, and the file is opened once.
 *
 * @param key the digest of the file
 */
export function holdSession(key: string, file: Uint8Array, source: string): HeldSession {
  const found = shared.get(key) ?? open(key, file, source);
  found.holders++;
  let isHeld = true;
  const { session } = found;
  return {
    runtime: session.runtime,
    run(input, output) {
      try {
        return session.run(input, output);
      } catch (error) {
        // One whose thread has ended is opened anew by the next holder.
        if (error instanceof EngineError && error.code === 'engine/onnx-thread') shared.delete(key);
        throw error;
      }
    },
    giveBack() {
      if (isHeld) found.holders--;
      isHeld = false;
    },
  };
}

function open(key: string, file: Uint8Array, source: string): SharedSession {
  for (const [other, { session, holders }] of shared) {
    if (holders > 0) continue;
    session.close();
    shared.delete(other);
  }
  const made = { session: openBlockingSession(file, source), holders: 0 };
  shared.set(key, made);
  return made;
}
