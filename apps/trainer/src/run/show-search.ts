import type { Progress } from '@polytag/cli';
import type { SearchEvent } from '@polytag/training';

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
        state === 'complete' ? '' : state === 'pruned' ? ' (given up: below the median)' : ' (diverged)';
      const best = learningRate === event.best ? '  (best so far)' : '';
      progress.line(
        `trial ${number}/${event.trials}: learning rate ${learningRate.toPrecision(4)}${score}${end}${best}`,
      );
    }
  };
}
