import { compareScore, initialSelection, oneCycle, RangeTest } from '@polytag/training';
import { expectClose, expectSame } from '../compare.js';
import type { GoldenCase } from '../fixtures.js';
import type { KindRunners } from '../runner.js';
import { EXACT, toleranceOf } from './training-tolerance.js';

function checkOneCycle(golden: GoldenCase): void {
  const {
    max_lr,
    epochs,
    steps_per_epoch,
    pct_start,
    div_factor,
    final_div_factor,
    base_momentum,
    max_momentum,
  } = golden['params'];
  const schedule = oneCycle({
    totalSteps: epochs * steps_per_epoch,
    pctStart: pct_start,
    divFactor: div_factor,
    finalDivFactor: final_div_factor,
    baseMomentum: base_momentum,
    maxMomentum: max_momentum,
  });
  const points = golden['lr'].map((_: number[], step: number) => schedule.at(step));
  points.forEach(({ factor }: { factor: number }, step: number) => {
    const rates = max_lr.map((peak: number) => peak * factor);
    expectClose(`learning rates of step ${step}`, rates, golden['lr'][step], toleranceOf(golden));
  });
  expectClose(
    'momentum',
    points.map(({ momentum }: { momentum: number }) => momentum),
    golden['momentum'],
    toleranceOf(golden),
  );
  const finished = points.map((_: unknown, step: number) => Number(schedule.warmUpFinished(step)));
  expectClose('warm-up finished', finished, golden['warmup_finished'].map(Number), {});
}

function checkEarlyStopping(golden: GoldenCase): void {
  const { patience } = golden['params'];
  let state = initialSelection;
  golden['sequence'].forEach((expected: Record<string, never>, i: number) => {
    const warmUpFinished = expected['warmup_finished'];
    const verdict = compareScore(state, expected['metric'], { patience, warmUpFinished });
    // The authors forget a perfect score; ours is remembered (docs/method.md#early-stopping).
    if (verdict.stop !== 'perfect') state = verdict.state;
    const what = `of epoch ${i}`;
    expectClose(`smoothed ${what}`, [state.smoothed], [expected['smoothed']], EXACT);
    expectClose(`best ${what}`, [state.best], [expected['best']], EXACT);
    const { should_exit: stop, is_best: isBest, counter } = expected;
    expectSame(
      `verdict ${what}`,
      [verdict.stop !== undefined, verdict.isBest, state.counter],
      [stop, isBest, counter],
    );
  });
}

function checkRangeTest(golden: GoldenCase): void {
  const { start_lr, end_lr, num_iter, smooth_f, diverge_th, skip_start, skip_end } = golden['params'];
  const test = new RangeTest({
    startRate: start_lr,
    endRate: end_lr,
    steps: num_iter,
    smoothing: smooth_f,
    divergence: diverge_th,
    skipStart: skip_start,
    skipEnd: skip_end,
  });
  for (const loss of golden['raw_losses']) if (!test.finished) test.add(loss);
  const { points, suggestion } = test;
  const rates = points.map(({ learningRate }) => learningRate);
  expectClose('learning rates', rates, golden['lrs'], EXACT);
  const smoothed = points.map((point) => point.smoothed);
  expectClose('smoothed losses', smoothed, golden['smoothed'], EXACT);
  const stoppedAt = points.length < golden['raw_losses'].length ? points.length - 1 : null;
  expectSame('stopped at', stoppedAt, golden['stopped_at']);
  expectSame('suggested step', points.indexOf(suggestion!), golden['suggested_index']);
  expectClose('suggested rate', [suggestion!.learningRate], [golden['suggested_lr']], EXACT);
}

export const strategyKinds: KindRunners = {
  early_stopping: { withoutEngine: true, run: checkEarlyStopping },
  lr_range_test: { withoutEngine: true, run: checkRangeTest },
  onecycle: { withoutEngine: true, run: checkOneCycle },
};
