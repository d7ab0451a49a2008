/* global setImmediate */
const SIGNALS = ['SIGINT', 'SIGTERM'];
/** Status of an `InterruptedError`, which may not be imported yet. */
const INTERRUPTED = 130;

let loading = 0;

function stop(signal) {
  console.error(`stopped by ${signal} while the program was loading: nothing was begun`);
  process.exit(INTERRUPTED);
}

function release() {
  if (--loading === 0) for (const signal of SIGNALS) process.removeListener(signal, stop);
}

/**
 * Waits for modules that a command needs. SIGINT or SIGTERM meanwhile ends the process with 130. Without this it would die
 * of the signal; as the first process of a container it would not even notice.
 *
 * @template T
 * @param {() => Promise<T>} load imports them
 * @returns {Promise<T>}
 */
export async function whileLoading(load) {
  if (loading++ === 0) for (const signal of SIGNALS) process.on(signal, stop);
  try {
    return await load();
  } finally {
    // A command that takes signals has begun to by then, so that none is lost between. Two turns of the event loop: only the
    // second one surely looks for signals first, those that came while modules were run.
    setImmediate(() => setImmediate(release));
  }
}
