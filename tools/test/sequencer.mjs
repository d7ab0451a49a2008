import TestSequencer from '@jest/test-sequencer';

/** What takes more than a quarter of a minute, longest first; a fresh clone has no timings that would tell. */
const LONG = [
  'tools/soak/src/faults/fail-writes.spec.ts',
  'packages/training/src/replicas/fit-replicas.spec.ts',
  'tools/browser/src/browser.spec.ts',
  'tools/hostile-images/src/hostile-images.spec.ts',
  'tools/golden/src/golden.spec.ts',
  'tools/bench/src/program.spec.ts',
  'apps/trainer/src/bin.spec.ts',
  'tools/bench/src/side/workload.spec.ts',
  'packages/export/src/onnx/export-onnx.spec.ts',
  'packages/export/src/onnx/quantise/static.spec.ts',
  'tools/bench/src/side/paper-step.spec.ts',
  'apps/evaluator/src/commands/predict-bulk.spec.ts',
  'apps/trainer/src/dry-run/dry-run.spec.ts',
  'packages/engine/src/webgpu/webgpu.spec.ts',
  'packages/training/src/fit/fit.spec.ts',
  'packages/training/src/features/fit-features.spec.ts',
  'packages/export/src/huggingface/export-huggingface.spec.ts',
  'tools/hostile-images/src/worst-images.spec.ts',
  'apps/trainer/src/commands/fit-pretrained.spec.ts',
  'packages/training/src/stock/stock-layers.spec.ts',
  'tools/soak/src/soak.spec.ts',
];

/** Starts the longest specs first, so that no worker is left alone with one of them at the end. */
export default class LongestFirst extends TestSequencer {
  sort(tests) {
    const rank = ({ path }) => {
      const index = LONG.findIndex((spec) => path.replaceAll('\\', '/').endsWith(spec));
      return index < 0 ? LONG.length : index;
    };
    return super.sort(tests).sort((a, b) => rank(a) - rank(b));
  }
}
