/** The scores of a finished epoch, for a schedule that looks at them. */
export interface EpochScores {
  /** Mean training loss. */
  readonly loss: number;
  /** On the validation set, a fraction: the better of the model's own and its averaged weights. Absent without evaluation. */
  readonly mAP?: number;
}

/** What a schedule has learned from scores, as plain JSON: part of a checkpoint. */
export type ScheduleState = Readonly<Record<string, number>>;

/** A learning-rate schedule: a function of the step, counted from 0, and for some schedules of the scores so far. */
export interface Schedule {
  readonly name: string;
  /**
   * @returns `factor`, which multiplies the peak learning rate of each group in this step, and the momentum (or beta1),
   * absent to use the optimiser's own
   */
  at(step: number): { readonly factor: number; readonly momentum?: number };
  /** True from the step at which the learning rate has peaked. */
  warmUpFinished(step: number): boolean;
  /** State of a schedule that uses scores; the others are pure functions of the step. */
  readonly memory?: ScheduleMemory;
}

export interface ScheduleMemory {
  /** Hears the scores of each epoch once it is finished; `step` is the number of steps taken by then. */
  observe(scores: EpochScores, step: number): void;
  readonly state: ScheduleState;
  /** Goes on from what `state` was. */
  restore(state: ScheduleState): void;
}

/** The peak learning rate and the optimiser's own momentum in every step. */
export function constant(): Schedule {
  return { name: 'constant', at: () => ({ factor: 1 }), warmUpFinished: () => true };
}

/** Runs a schedule by epochs: the rate is constant within each. */
export function everyEpoch(schedule: Schedule, stepsPerEpoch: number): Schedule {
  const epochOf = (step: number) => Math.floor(step / stepsPerEpoch);
  return {
    ...schedule,
    at: (step) => schedule.at(epochOf(step)),
    warmUpFinished: (step) => schedule.warmUpFinished(epochOf(step)),
  };
}
