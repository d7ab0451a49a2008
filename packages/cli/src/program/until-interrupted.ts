/**
 * Runs a job with a signal that SIGINT, SIGTERM and SIGHUP abort, so that the job can finish its step and save. A
 * second SIGINT or SIGTERM ends the process at once. A second SIGHUP does not: a terminal that closes may send two.
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
