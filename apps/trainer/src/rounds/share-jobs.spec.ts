import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { Progress } from '@polytag/cli';
import { jobId, Store, type Executor, type Job, type StoredFile } from '@polytag/queue';
import { loadRunConfig } from '../config/load-run-config.js';
import { Project } from '../project.fixture.js';
import { ShareJobs } from './share-jobs.js';

let project: Project;
beforeAll(async () => void (project = await Project.make()));
afterAll(() => project.remove());

/** Does a share's job when its result is asked for, as far as this spec needs it: reads what the job names, and publishes. */
function readers(store: Store): Executor {
  const jobs = new Map<string, Job>();
  return {
    submit: async (job) => (jobs.set(jobId(job), job), jobId(job)),
    progress: () => ({ state: 'waiting' }),
    async result(id) {
      const { weights, constants } = jobs.get(id)!.parameters as unknown as Record<string, StoredFile>;
      for (const file of [weights, constants]) await store.checked(file);
      const folder = store.resultFolder(id);
      await mkdir(folder, { recursive: true });
      await writeFile(join(folder, 'share.json'), JSON.stringify({ steps: [], images: 2, optimisers: '' }));
      return folder;
    },
    cancel: async () => undefined,
    close: async () => undefined,
  };
}

it('leaves to other runs what they have in the store, though they begin from the same weights', async () => {
  const store = await Store.open(project.folder);
  const round = {
    ...{ epoch: 0, batch: 0, step: 0, steps: 1, microBatch: 2 },
    ...{ weights: Buffer.from('weights'), constants: Buffer.from('') },
  };
  const sharesOf = async (run: string, rate: number) => {
    const config = await loadRunConfig(project.path('tiny.yaml'), ['training.machines=2', `training.learningRate=${rate}`]); // prettier-ignore
    const progress = new Progress(new PassThrough().resume());
    const executor = readers(store);
    return new ShareJobs({ executor, store, config, folder: project.path(run), without: [], shares: 2, progress }); // prettier-ignore
  };
  for (const others of [await sharesOf('other', 0.02), await sharesOf('folder', 0.01)]) {
    const own = await sharesOf('own', 0.01);
    const [first] = await own.train(round);
    await others.train(round);
    await others.finish();
    // The next round of the same weights, as after one all of whose steps were skipped.
    const states = [first.state, first.state];
    await expect(own.train({ ...round, step: 1, states })).resolves.toHaveLength(2);
    await own.finish();
  }
});
