import { readFile } from 'node:fs/promises';
import { trainingSettingsSchema, type ResumePlan } from '@polytag/training';
import { checkRunConfig } from '../config/load-run-config.js';
import { runConfigSchema } from '../config/run-config.js';
import { tinyConfig } from '../project.fixture.js';
import { CONFIG_MAY_DIFFER_ON_RESUME, settled } from './run-config-file.js';

const PAGE = new URL('../../../../docs/reproducibility.md', import.meta.url);

it('documents exactly the keys that may differ on resume', async () => {
  const page = await readFile(PAGE, 'utf8');
  const section = page.match(/^## What may differ on resume$([^]*?)^## /m)![1];
  const rows = section.split('\n').filter((line) => line.startsWith('| `'));
  const named = rows.flatMap((row) => [...row.split('|')[1].matchAll(/`([^`]+)`/g)].map(([, key]) => key));
  expect(named.sort()).toEqual([...CONFIG_MAY_DIFFER_ON_RESUME].sort());
});

it('names keys that a config has', () => {
  const config = runConfigSchema.parse({ ...tinyConfig, training: { features: { cache: 'features' } } });
  const optional = ['data.maxBadImages'];
  for (const key of CONFIG_MAY_DIFFER_ON_RESUME) {
    if (optional.includes(key)) continue;
    const value = key
      .split('.')
      .reduce<unknown>((part, name) => (part as Record<string, unknown>)[name], config);
    expect([key, value]).not.toEqual([key, undefined]);
  }
});

const planOf = (training: object): ResumePlan => ({
  kind: 'continue',
  checkpoint: {
    version: 2,
    folder: 'runs/first/checkpoints/last',
    identity: { training: trainingSettingsSchema.parse(training) },
    progress: {} as never,
    optimiserSteps: {},
  },
});

describe('a run that goes on', () => {
  const plan = planOf({ replicas: 3, learningRate: 0.25 });
  const trainingOf = async (...assignments: string[]) =>
    settled(await checkRunConfig(tinyConfig, assignments, 'test'), plan).training;

  it('keeps the replicas that auto stood for, and takes a number that is given', async () => {
    expect(await trainingOf('training.replicas=auto')).toMatchObject({ replicas: 3, learningRate: 0.01 });
    expect(await trainingOf('training.replicas=2')).toMatchObject({ replicas: 2 });
  });

  it('keeps the learning rate that its search has found', async () => {
    expect(await trainingOf('training.findLearningRate={mode: tpe}')).toMatchObject({ learningRate: 0.25 });
  });
});
