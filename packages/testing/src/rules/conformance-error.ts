/** A part breaks a rule of its contract. */
export class ConformanceError extends Error {
  /** What was checked, e.g. `loss "asl"`. */
  readonly part: string;
  /** The broken rule, e.g. `gradient`. The rules are listed at each check. */
  readonly rule: string;

  constructor(part: string, rule: string, detail: string) {
    super(`${part} breaks the rule "${rule}": ${detail}`);
    this.name = 'ConformanceError';
    this.part = part;
    this.rule = rule;
  }
}

/** Throws when a condition does not hold. */
export type Demand = (rule: string, condition: boolean, detail: string | (() => string)) => void;

/** The `Demand` of one part. */
export function demandOf(part: string): Demand {
  return (rule, condition, detail) => {
    if (!condition) throw new ConformanceError(part, rule, typeof detail === 'string' ? detail : detail());
  };
}

/** Runs a step of a check; what the part itself throws there is a broken rule as well. */
export async function under<T>(part: string, rule: string, step: () => T | Promise<T>): Promise<T> {
  try {
    return await step();
  } catch (error) {
    if (error instanceof ConformanceError) throw error;
    throw new ConformanceError(part, rule, error instanceof Error ? error.message : String(error));
  }
}
