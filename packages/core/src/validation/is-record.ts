/** Whether a value that came from outside (JSON, YAML) is an object with keys: no array, not null. */
export const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
