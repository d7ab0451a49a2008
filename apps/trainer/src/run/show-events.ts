import type { Progress } from '@polytag/cli';
import type { FitEvent } from '@polytag/training';

const percent = (fraction: number) => `${(100 * fraction).toFixed(2)} %`;

/** Prints what `fit` tells: a progress line for steps, a lasting line for each evaluation. */
export function showEvents(epochs: number, progress: Progress): (event: FitEvent) => void {
  return (event) => {
    if (event.kind === 'started') {
      if (event.step > 0)
        progress.line(`going on after epoch ${event.epoch}, step ${event.step} of ${event.totalSteps}`);
    } else if (event.kind === 'step') {
      if (event.skipped)
        progress.line(
          `epoch ${event.epoch}/${epochs}: step ${event.step} was skipped, its gradient is not finite`,
        );
      progress.update({
        label: `epoch ${event.epoch}/${epochs}`,
        done: event.step,
        total: event.totalSteps,
        rate: `${event.imagesPerSecond.toFixed(0)} images/s`,
        secondsLeft: event.secondsLeft,
        detail: `loss ${event.loss.toPrecision(4)}`,
      });
    } else if (event.kind === 'evaluated') {
      const averaged = event.mAPEma === undefined ? '' : `, averaged ${percent(event.mAPEma)}`;
      const best = event.best.epoch === event.epoch ? '  (best so far)' : '';
      progress.line(`epoch ${event.epoch}/${epochs}: mAP ${percent(event.mAP)}${averaged}${best}`);
      event.mAPAuxiliary?.forEach((mAP, i) => {
        progress.line(`  auxiliary model ${i + 1}: mAP ${percent(mAP)}`);
      });
    } else if (event.kind === 'stopped') {
      progress.line(
        event.reason === 'perfect'
          ? `stopped early after epoch ${event.epoch}: nothing is left to improve`
          : `stopped early after epoch ${event.epoch}: no better score for long enough (training.earlyStopping)`,
      );
    }
  };
}
