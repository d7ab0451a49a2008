import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { DivergenceError, InterruptedError } from '@polytag/core';
import { writeFileAtomically } from '@polytag/files';
import { defineJobKind } from '@polytag/queue';
import { MetricsLog, shouldPrune, type EpochMetrics } from '@polytag/training';
import * as z from 'zod';
import { trainRun } from '../run/train-run.js';
import { jobContext } from './job-context.js';
import { openConfig, storedConfigSchema } from './stored-config.js';
import { stepReport, takeOverRun } from './take-over-run.js';

const trialSchema = z.strictObject({
  config: storedConfigSchema,
  /** mAP after each epoch of earlier trials that ran to their end: the median rule compares with them. */
  finished: z.array(z.array(z.number())),
});

/** How a trial ended: `trial.json` of its result. */
export interface TrialResult {
  /** `pruned`: ended early, as its scores were below the median. `diverged`: loss or weights became NaN or infinite. */
  readonly status: 'complete' | 'pruned' | 'diverged';
  /** Best mAP over the labels that a validation image has; null where there is none. */
  readonly mAP: number | null;
  /** mAP after each epoch; 0 where none was measured. */
  readonly scores: readonly number[];
}

/** Trains one trial of a sweep, from where it was. The result is a run folder, `run`, without its checkpoints. */
export const trialJob = defineJobKind(
  'trial',
  1,
  trialSchema,
  async ({ config: stored, finished }, { store, folder, signal, allowModules, log, report }) => {
    const config = await openConfig(stored, store, { allowModules });
    const run = join(folder, 'run');
    await takeOverRun(folder, 'run');
    const epochs = new MetricsLog(run);
    await epochs.read().catch(() => undefined);
    const scores = scoresOf(epochs.lines);
    const isHopeless = () => {
      const measured = Array.from(scores, (one) => one ?? 0);
      return measured.length < config.training.epochs && shouldPrune(measured, finished);
    };
    const giveUp = new AbortController();
    const context = jobContext('trial', {
      store,
      signal: AbortSignal.any([signal, giveUp.signal]),
      log,
    });
    let status: TrialResult['status'] = 'complete';
    const tellStep = stepReport(report);
    // An attempt before this one may have died as it was giving up.
    if (isHopeless()) status = 'pruned';
    else
      try {
        await trainRun(config, { folder: run, resume: 'if-begun' }, context, {
          onEvent(event) {
            tellStep(event);
            if (event.kind !== 'evaluated') return;
            scores[event.epoch - 1] = scoreOf(event);
            if (isHopeless()) giveUp.abort();
          },
        });
      } catch (error) {
        if (error instanceof DivergenceError) status = 'diverged';
        else if (error instanceof InterruptedError && giveUp.signal.aborted && !signal.aborted)
          status = 'pruned';
        else throw error;
      }
    const measured = scores.filter((one) => one !== undefined);
    const result: TrialResult = {
      status,
      mAP: status === 'diverged' || measured.length === 0 ? null : Math.max(...measured),
      scores: Array.from(scores, (one) => one ?? 0),
    };
    await rm(join(run, 'checkpoints'), { recursive: true, force: true });
    await writeFileAtomically(join(folder, 'trial.json'), `${JSON.stringify(result)}\n`);
  },
);

function scoresOf(epochs: readonly EpochMetrics[]): number[] {
  const scores: number[] = [];
  for (const line of epochs)
    if (line.mAP !== undefined) scores[line.epoch - 1] = scoreOf({ ...line, mAP: line.mAP });
  return scores;
}

/** An epoch counts by the better of its plain and its averaged weights. */
const scoreOf = ({
  mAP,
  mAPOccurring,
  mAPEma,
  mAPEmaOccurring,
}: Pick<EpochMetrics, 'mAPOccurring' | 'mAPEma' | 'mAPEmaOccurring'> & { readonly mAP: number }): number =>
  Math.max(mAPOccurring || mAP, mAPEmaOccurring || mAPEma || 0);
