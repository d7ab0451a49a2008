import type { StepResult } from '../step/train-step.js';
import { callSink, type MetricsSink } from '../sinks/metrics-sink.js';
import type { FitEvent } from './fit-event.js';

/** Who is told of a run. */
export interface Listeners {
  readonly report?: (event: FitEvent) => void;
  readonly sinks?: readonly MetricsSink[];
}

/** Hands an event of a run to its sinks, then to the caller. */
export function reporter({ report, sinks = [] }: Listeners): (event: FitEvent) => void {
  const toSinks = sinks.map(sinkListener);
  return (event) => {
    for (const tell of toSinks) tell(event);
    report?.(event);
  };
}

/**
 * Gives a sink the figures of each event: `train/loss` (with auxiliary models `train/mutual`), `train/learning-rate`,
 * `train/gradient-norm` and `train/images-per-second` of each step, `val/mAP` and `val/mAP-ema` (fractions) of each evaluation,
 * and the two with `-occurring` where some label has no validation image.
 */
function sinkListener(sink: MetricsSink, index: number): (event: FitEvent) => void {
  let step = 0;
  const write = (values: Readonly<Record<string, number>>) =>
    callSink(sink, index, 'scalars', () => sink.scalars(step, values));
  return (event) => {
    if (event.kind === 'started') {
      step = event.step;
      callSink(sink, index, 'start', () => sink.start(step));
    } else if (event.kind === 'step') {
      step = event.step;
      write({
        'train/loss': event.loss,
        ...(event.mutual !== undefined && { 'train/mutual': event.mutual }),
        'train/learning-rate': event.learningRate,
        'train/gradient-norm': event.gradientNorm,
        'train/images-per-second': event.imagesPerSecond,
      });
    } else if (event.kind === 'evaluated') {
      const { mAP, mAPOccurring, mAPEma, mAPEmaOccurring } = event;
      write({
        'val/mAP': mAP,
        ...(mAPOccurring > mAP && { 'val/mAP-occurring': mAPOccurring }),
        ...(mAPEma !== undefined && { 'val/mAP-ema': mAPEma }),
        ...(mAPEmaOccurring! > mAPEma! && { 'val/mAP-ema-occurring': mAPEmaOccurring }),
      });
    }
  };
}

/** Weight of the newest step in the running mean. */
const NEWEST = 0.1;

/** Makes the event of each step, with the speed of training: a running mean over the steps. */
export class StepEvents {
  readonly #totalSteps: number;
  #secondsPerStep = 0;
  #imagesPerStep = 0;

  constructor(totalSteps: number) {
    this.#totalSteps = totalSteps;
  }

  /**
   * @param position of the step that is done: its epoch and its number, from 1
   * @param cost images of the step, and the seconds that it took, the wait for the batch included
   */
  next(
    { epoch, step }: { readonly epoch: number; readonly step: number },
    {
      loss,
      gradientNorm,
      skipped,
      learningRate,
      mutual,
    }: Omit<StepResult, 'mutual'> & { readonly mutual?: number },
    { images, seconds }: { readonly images: number; readonly seconds: number },
  ): FitEvent {
    const weight = this.#secondsPerStep === 0 ? 1 : NEWEST;
    this.#secondsPerStep += weight * (seconds - this.#secondsPerStep);
    this.#imagesPerStep += weight * (images - this.#imagesPerStep);
    return {
      kind: 'step',
      epoch,
      step,
      totalSteps: this.#totalSteps,
      loss,
      ...(mutual !== undefined && { mutual }),
      gradientNorm,
      skipped,
      learningRate,
      imagesPerSecond: this.#secondsPerStep === 0 ? 0 : this.#imagesPerStep / this.#secondsPerStep,
      secondsLeft: (this.#totalSteps - step) * this.#secondsPerStep,
    };
  }
}
