/** Threads are started from the built package only: Node cannot start one from a TypeScript source. */
export const canStartThreads = (moduleUrl: string): boolean => !moduleUrl.endsWith('.ts');
