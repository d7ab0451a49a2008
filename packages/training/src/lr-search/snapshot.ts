import { assignParameters, exportParameters, type Parameter } from '@polytag/layers';

/** A copy of a model's weights and buffers, to start every trial from. */
export interface Snapshot {
  /** Puts them back into the model. */
  restore(): void;
}

export async function snapshotOf(parameters: readonly Parameter[]): Promise<Snapshot> {
  const state = await exportParameters(parameters);
  return { restore: () => void assignParameters(parameters, (key) => state.get(key)) };
}
