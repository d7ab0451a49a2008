import type { FitEvent } from '../fit/fit-event.js';
import type { MetricsSink } from './metrics-sink.js';

/**
 * Tells a sink what `fit` reports: `train/loss` (with auxiliary models `train/mutual`), `train/learning-rate`,
 * `train/gradient-norm` and `train/images-per-second` of each step, `val/mAP` and `val/mAP-ema` (fractions) of each evaluation,
 * and the two with `-occurring` where some label has no validation image.
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
      const { mAP, mAPOccurring, mAPEma, mAPEmaOccurring } = event;
      sink.scalars(step, {
        'val/mAP': mAP,
        ...(mAPOccurring > mAP && { 'val/mAP-occurring': mAPOccurring }),
        ...(mAPEma !== undefined && { 'val/mAP-ema': mAPEma }),
        ...(mAPEmaOccurring! > mAPEma! && { 'val/mAP-ema-occurring': mAPEmaOccurring }),
      });
    }
  };
}
