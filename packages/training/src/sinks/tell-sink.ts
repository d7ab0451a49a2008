import type { FitEvent } from '../fit/fit-event.js';
import type { MetricsSink } from './metrics-sink.js';

/**
 * Tells a sink what `fit` reports: `train/loss` (with auxiliary models `train/mutual`), `train/learning-rate`,
 * `train/gradient-norm` and `train/images-per-second` of each step, `val/mAP` and `val/mAP-ema` (fractions) of each evaluation.
 */
export function tellSink(sink: MetricsSink): (event: FitEvent) => void {
  let step = 0;
  return (event) => {
    if (event.kind === 'started') {
      step = event.step;
      sink.start(step);
    } else if (event.kind === 'step') {
      step = event.step;
      sink.scalars(step, {
        'train/loss': event.loss,
        ...(event.mutual !== undefined && { 'train/mutual': event.mutual }),
        'train/learning-rate': event.learningRate,
        'train/gradient-norm': event.gradientNorm,
        'train/images-per-second': event.imagesPerSecond,
      });
    } else if (event.kind === 'evaluated') {
      sink.scalars(step, {
        'val/mAP': event.mAP,
        ...(event.mAPEma !== undefined && { 'val/mAP-ema': event.mAPEma }),
      });
    }
  };
}
