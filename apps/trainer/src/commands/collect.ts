/** Gathers the values of an option that may be repeated, as a commander argument parser. */
export const collect = (value: string, before: readonly string[]): string[] => [...before, value];
