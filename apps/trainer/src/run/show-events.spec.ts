import { PassThrough } from 'node:stream';
import { Progress } from '@polytag/cli';
import type { FitEvent } from '@polytag/training';
import { showEvents } from './show-events.js';

it.each([
  [
    { epochs: [2], lines: [2], copy: '/runs/a/metrics.jsonl.damaged' },
    'warning: /runs/a/metrics.jsonl has lost epoch 2 (line 2 cannot be read). The old file is kept as ' +
      '/runs/a/metrics.jsonl.damaged. The run continues from its checkpoint, which is complete.\n',
  ],
  [
    { epochs: [1, 2], lines: [] },
    'warning: /runs/a/metrics.jsonl has lost epochs 1, 2. The run continues from its checkpoint, which is complete.\n',
  ],
])('says what a damaged log has lost: %j', (found, text) => {
  const err = new PassThrough();
  showEvents(3, new Progress(err))({ kind: 'damaged-log', path: '/runs/a/metrics.jsonl', ...found });
  expect(String(err.read())).toBe(text);
});

it('names a step that was skipped', () => {
  const err = new PassThrough();
  showEvents(
    3,
    new Progress(err),
  )({
    kind: 'step',
    epoch: 2,
    step: 7,
    totalSteps: 12,
    loss: 1,
    skipped: true,
    imagesPerSecond: 10,
    secondsLeft: 1,
  } as FitEvent);
  expect(String(err.read())).toContain('epoch 2/3: step 7 was skipped: its gradient is NaN or infinite\n');
});
