import TestSequencer from '@jest/test-sequencer';

/** What takes more than a quarter of a minute, longest first; a fresh clone has no timings that would tell. */
const LONG = [
  'tools/browser/src/studio.spec.ts',
  'tools/hostile-images/src/hostile-images.spec.ts',
  'tools/test/dist/apps-trainer-1.mjs',
  'tools/golden/src/golden.spec.ts',
  'tools/browser/src/browser.spec.ts',
  'tools/bench/src/program.spec.ts',
  'tools/soak/src/faults/fail-writes.spec.ts',
  'apps/trainer/src/bin.spec.ts',
  'tools/soak/src/soak.spec.ts',
  'tools/test/dist/apps-trainer-2.mjs',
  'tools/test/dist/apps-evaluator-1.mjs',
  'packages/export/src/onnx/export-onnx.spec.ts',
  'packages/training/src/replicas/fit-replicas.spec.ts',
  'apps/trainer/src/rounds/fit-machines.spec.ts',
  'packages/queue/src/executors/executors.spec.ts',
  'packages/export/src/onnx/quantise/static.spec.ts',
  'packages/export/src/huggingface/export-huggingface.spec.ts',
  'apps/trainer/src/commands/sweep.spec.ts',
];

/** Starts the longest first, then files of several specs, so that no worker is left alone with one of them at the end. */
export default class LongestFirst extends TestSequencer {
  sort(tests) {
    const rank = ({ path }) => {
      const name = path.replaceAll('\\', '/');
      const index = LONG.findIndex((spec) => name.endsWith(spec));
      if (index >= 0) return index;
      return name.endsWith('.mjs') ? LONG.length : LONG.length + 1;
    };
    return super.sort(tests).sort((a, b) => rank(a) - rank(b));
  }
}
