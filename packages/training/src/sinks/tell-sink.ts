import type { FitEvent } from '../fit/fit-event.js';
import { callSink, type MetricsSink } from './metrics-sink.js';

/**
 * Tells a sink what `fit` reports: `train/loss` (with auxiliary models `train/mutual`), `train/learning-rate`,
 * `train/gradient-norm` and `train/images-per-second` of each step, `val/mAP` and `val/mAP-ema` (fractions) of each evaluation,
 * and the two with `-occurring` where some label has no validation image.
 */
export function tellSink(sink: MetricsSink, index: number): (event: FitEvent) => void {
  const tell = (values: Readonly<Record<string, number>>) =>
    callSink(sink, index, 'scalars', () => sink.scalars(step, values));
  let step = 0;
  return (event) => {
    if (event.kind === 'started') {
      step = event.step;
      callSink(sink, index, 'start', () => sink.start(step));
    } else if (event.kind === 'step') {
      step = event.step;
      tell({
        'train/loss': event.loss,
        ...(event.mutual !== undefined && { 'train/mutual': event.mutual }),
        'train/learning-rate': event.learningRate,
        'train/gradient-norm': event.gradientNorm,
        'train/images-per-second': event.imagesPerSecond,
      });
    } else if (event.kind === 'evaluated') {
      const { mAP, mAPOccurring, mAPEma, mAPEmaOccurring } = event;
      tell({
        'val/mAP': mAP,
        ...(mAPOccurring > mAP && { 'val/mAP-occurring': mAPOccurring }),
        ...(mAPEma !== undefined && { 'val/mAP-ema': mAPEma }),
        ...(mAPEmaOccurring! > mAPEma! && { 'val/mAP-ema-occurring': mAPEmaOccurring }),
      });
    }
  };
}
