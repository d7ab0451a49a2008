import { measurePaperStep, namesOf } from './paper-step.js';

// But for the one that needs a vision transformer: the smallest has 22 million weights to draw.
it('measures a step of every head', async () => {
  expect(namesOf('backbone')).toContain('tresnet-l');
  const heads = namesOf('head').filter((head) => head !== 'class-token');
  expect(heads.length).toBeGreaterThanOrEqual(4);
  for (const head of heads) {
    const work = { model: 'mobilenet-v3-small', size: 64, batch: 2, labels: 5, steps: 1 };
    const result = await measurePaperStep({ ...work, head });
    expect(result.step).toBeGreaterThan(0);
    expect(result.peakBytes).toBeGreaterThan(0);
    expect(result.modelBytes).toBeGreaterThan(4 * 927_008);
    expect(result.heapBytes).toBeGreaterThan(result.modelBytes);
  }
});
