import type { Progress } from '@polytag/cli';
import { printable } from '@polytag/core';
import type { BestWeights, FitEvent, SearchEvent } from '@polytag/training';

const percent = (fraction: number) => `${(100 * fraction).toFixed(2)} %`;

/** mAP of the labels that occur; where that is not all of them, what papers would report beside it. */
function precision(mAP: number, mAPOccurring: number | null | undefined): string {
  // No label occurs: then the one is NaN, and the other 0.
  const headline = percent(mAPOccurring || mAP);
  return mAPOccurring && mAPOccurring !== mAP ? `${headline} (over all labels ${percent(mAP)})` : headline;
}

/** What the best weights reach, and in one line why papers would report another number, where they would. */
export function bestLines({ epoch, mAP, mAPOccurring, weights }: BestWeights): string {
  const which = weights === 'ema' ? 'averaged weights' : 'plain weights';
  const best = `best mAP ${percent(mAPOccurring || mAP)} (epoch ${epoch}, ${which})\n`;
  return mAPOccurring && mAPOccurring !== mAP
    ? `${best}  over all labels ${percent(mAP)} (as in papers: labels without validation images count as 0)\n`
    : best;
}

/** An epoch counts by the better of its plain and its averaged weights; the average lags behind at first. */
function epochScore(event: FitEvent & { readonly kind: 'evaluated' }): string {
  const { mAP, mAPOccurring, mAPEma, mAPEmaOccurring } = event;
  return mAPEma !== undefined && mAPEma > mAP
    ? `${precision(mAPEma, mAPEmaOccurring)} with averaged weights, ${percent(mAPOccurring || mAP)} without`
    : precision(mAP, mAPOccurring);
}

/** No later number depends on the log: weights, best weights and counters are in the checkpoint. */
function damagedText({ path, epochs, lines, copy }: FitEvent & { readonly kind: 'damaged-log' }): string {
  const numbered = (noun: string, numbers: readonly number[]) =>
    `${noun}${numbers.length === 1 ? '' : 's'} ${numbers.join(', ')}`;
  const unread = lines.length === 0 ? '' : ` (${numbered('line', lines)} cannot be read)`;
  const kept = copy === undefined ? '' : ` The old file is kept as ${printable(copy, Infinity)}.`;
  return (
    `warning: ${printable(path, Infinity)} has lost ${numbered('epoch', epochs)}${unread}.${kept} ` +
    'The run continues from its checkpoint, which is complete.'
  );
}

/** Prints what `fit` tells: a progress line for steps, a lasting line for each evaluation. */
export function showEvents(epochs: number, progress: Progress): (event: FitEvent) => void {
  return (event) => {
    if (event.kind === 'started') {
      if (event.step > 0)
        progress.line(`continuing after epoch ${event.epoch}, step ${event.step} of ${event.totalSteps}`);
    } else if (event.kind === 'damaged-log') {
      progress.line(damagedText(event));
    } else if (event.kind === 'step') {
      if (event.skipped)
        progress.line(
          `epoch ${event.epoch}/${epochs}: step ${event.step} was skipped: its gradient is NaN or infinite`,
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
      const best = event.best.epoch === event.epoch ? '  (best so far)' : '';
      progress.line(`epoch ${event.epoch}/${epochs}: mAP ${epochScore(event)}${best}`);
      event.mAPAuxiliary?.forEach((mAP, i) => {
        progress.line(`  auxiliary model ${i + 1}: mAP ${precision(mAP, event.mAPAuxiliaryOccurring?.[i])}`);
      });
    } else if (event.kind === 'stopped') {
      progress.line(
        event.reason === 'perfect'
          ? `stopped early after epoch ${event.epoch}: the score cannot improve any further`
          : `stopped early after epoch ${event.epoch}: the score did not get better (to train on, add --set training.earlyStopping=false)`,
      );
    }
  };
}

/** Prints what a search for a learning rate tells: a progress line for steps, a lasting line for each trial. */
export function showSearch(mode: 'range' | 'tpe', progress: Progress): (event: SearchEvent) => void {
  return (event) => {
    if (event.kind === 'step') {
      progress.update({
        label: mode === 'range' ? 'range test' : `trial ${event.trial}`,
        done: event.step,
        total: event.totalSteps,
        secondsLeft: event.secondsLeft,
        detail: `learning rate ${event.learningRate.toPrecision(3)}  loss ${event.loss.toPrecision(4)}`,
      });
    } else if (event.kind === 'trial') {
      const { number, learningRate, state, scores } = event.trial;
      const score = scores.length === 0 ? '' : `, mAP ${(100 * scores.at(-1)!).toFixed(2)} %`;
      const end =
        state === 'complete' ? '' : state === 'pruned' ? ' (pruned: below the median)' : ' (diverged)';
      const best = learningRate === event.best ? '  (best so far)' : '';
      progress.line(
        `trial ${number}/${event.trials}: learning rate ${learningRate.toPrecision(4)}${score}${end}${best}`,
      );
    }
  };
}
