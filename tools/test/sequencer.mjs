import TestSequencer from '@jest/test-sequencer';

/** What takes more than half a minute, longest first; a fresh clone has no timings that would tell. */
const LONG = [
  'tools/golden/src/golden.spec.ts',
  'packages/testing/src/backbone/check-backbone.spec.ts',
  'tools/bench/src/program.spec.ts',
  'tools/browser/src/browser.spec.ts',
  'packages/model/src/build/published-figures.spec.ts',
  'tools/hostile-images/src/hostile-images.spec.ts',
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
