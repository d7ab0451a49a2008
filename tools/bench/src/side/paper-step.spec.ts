import { measurePaperStep, namesOf } from './paper-step.js';

it('measures a step of every head', async () => {
  expect(namesOf('backbone')).toContain('tresnet-l');
  for (const head of namesOf('head')) {
    const result = await measurePaperStep({
      model: head === 'class-token' ? 'vit-s-14' : 'mobilenet-v3-small',
      head,
      size: head === 'class-token' ? 28 : 64,
      batch: 2,
      labels: 5,
      steps: 1,
    });
    expect(result.step).toBeGreaterThan(0);
    expect(result.peakBytes).toBeGreaterThan(0);
    expect(result.modelBytes).toBeGreaterThan(4 * 927_008);
    expect(result.heapBytes).toBeGreaterThan(result.modelBytes);
  }
});
