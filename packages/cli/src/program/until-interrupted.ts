/**
 * Runs a job with a signal that SIGINT, SIGTERM and SIGHUP give, so that it can finish its step and save. A second SIGINT or
 * SIGTERM ends the process at once; a closed terminal may send SIGHUP twice, and means it once.
 */
export async function untilInterrupted(job: (signal: AbortSignal) => Promise<unknown>): Promise<void> {
  const interrupt = new AbortController();
  const stop = () => {
    process.removeListener('SIGINT', stop).removeListener('SIGTERM', stop);
    interrupt.abort();
  };
  process.on('SIGINT', stop).on('SIGTERM', stop).on('SIGHUP', stop);
  try {
    await job(interrupt.signal);
  } finally {
    process.removeListener('SIGINT', stop).removeListener('SIGTERM', stop).removeListener('SIGHUP', stop);
  }
}
