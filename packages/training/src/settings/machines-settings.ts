import * as z from 'zod';

/** How one model is trained on several machines (docs/method.md#machines). */
export const machinesSchema = z.strictObject({
  /** Shares of each batch; each can be trained on a machine of its own. Another number changes the results. */
  shares: z.int().positive(),
  /** Steps of a round, between two exchanges of weights. A round ends with its epoch at the latest. */
  steps: z.int().positive().default(50),
  /** Rate of the outer step. 1 without momentum takes the mean of the shares' weights. */
  outerRate: z.number().positive().default(1),
  /** Nesterov momentum of the outer step. */
  outerMomentum: z.number().min(0).lt(1).default(0),
});

export type MachinesSettings = z.output<typeof machinesSchema>;
