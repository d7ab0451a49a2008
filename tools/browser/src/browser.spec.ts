import { findBrowser, startSite, type BrowserPage, type Site } from './browser.js';
import { relaxedHere, trainingStep, type TrainingStep } from './programs/training-step.js';

const executable = findBrowser();
if (!executable) {
  process.stdout.write(
    'Nothing is run in a browser: no Chromium or Chrome is installed (POLYTAG_CHROMIUM names one elsewhere)\n',
  );
}

const farthest = (one: TrainingStep, other: TrainingStep): number =>
  one.weights.reduce((most, weight, i) => Math.max(most, Math.abs(weight - other.weights[i])), 0);

(executable ? describe : describe.skip)('in a browser', () => {
  let site: Site;
  let page: BrowserPage;
  let isolated: BrowserPage;
  beforeAll(async () => {
    site = await startSite(executable!);
    page = await site.open();
    isolated = await site.open({ isolated: true });
  });
  afterAll(() => site?.close());

  const wasmPath = '/wasm/';

  describe('a training step on wasm gives the numbers of Node, bit for bit', () => {
    it.each(['plain', 'relaxed'] as const)('with the %s kernels, in a page and in a worker', async (simd) => {
      expect(await relaxedHere()).toBe(true);
      const expected = await trainingStep('wasm', { simd });
      expect(expected.losses[1]).toBeLessThan(expected.losses[0]);
      expect(new Set(expected.weights).size).toBeGreaterThan(10_000);
      expect(await page.inPage('trainingStep', 'wasm', { simd, wasmPath })).toEqual(expected);
      expect(await page.inWorker('trainingStep', 'wasm', { simd, wasmPath })).toEqual(expected);
    });

    it('in a cross-origin isolated page, where tfjs would take threads', async () => {
      const expected = await trainingStep('wasm', { simd: 'plain' });
      expect(await isolated.inPage('trainingStep', 'wasm', { simd: 'plain', wasmPath })).toEqual(expected);
      expect(await isolated.inWorker('trainingStep', 'wasm', { simd: 'plain', wasmPath })).toEqual(expected);
    });
  });

  it('a training step on WebGPU is the one of the cpu engine, to rounding', async () => {
    const expected = await trainingStep('cpu');
    const got = (await page.inPage('trainingStep', 'webgpu')) as TrainingStep;
    got.losses.forEach((loss, i) => expect(loss).toBeCloseTo(expected.losses[i], 4));
    // Batch norms over a few pixels magnify roundings; the wasm kernels tell how much.
    const rounding = farthest(await trainingStep('wasm'), expected);
    expect(farthest(got, expected)).toBeLessThan(2 * rounding);
  });
});
