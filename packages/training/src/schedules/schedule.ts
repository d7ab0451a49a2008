/** A learning-rate schedule: a pure function of the step, counted from 0. */
export interface Schedule {
  readonly name: string;
  /**
   * @returns `factor`, what the peak learning rate of each group is multiplied with in this step, and the
   *   momentum (or beta1), absent where the optimiser's own is to be used
   */
  at(step: number): { readonly factor: number; readonly momentum?: number };
  /** True from the step on at which the learning rate has peaked. */
  warmUpFinished(step: number): boolean;
}
