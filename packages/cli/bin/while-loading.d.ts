/**
 * Waits for modules that a command needs. SIGINT or SIGTERM meanwhile ends the process with 130. Call a command that takes
 * signals right after it, with nothing awaited between.
 */
export function whileLoading<T>(load: () => Promise<T>): Promise<T>;
