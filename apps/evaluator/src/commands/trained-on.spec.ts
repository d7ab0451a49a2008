import { cp, readFile, rm, writeFile } from 'node:fs/promises';
import { contentDigests, readLabelFile } from '@polytag/datasets';
import { loadModel, saveModel, TrainedImages } from '@polytag/model';
import { polytagEval, ModelProject } from '../evaluator.fixture.js';

let project: ModelProject;
/** A model that was trained on the training scenes. */
let trained: string;
beforeAll(async () => {
  project = await ModelProject.make();
  trained = project.path('trained');
  const model = await loadModel(project.best);
  const { images } = await readLabelFile(project.path('data/train.json'));
  const digests = await contentDigests(images.map(({ path }) => path));
  model.trainedOn = TrainedImages.of(digests.map((digest) => digest!));
  await saveModel(model, trained);
  model.dispose();
});
afterAll(() => project.remove());

const WARNING = 'warning: the model was trained on ';

it.each(['score', 'thresholds', 'calibrate'])(
  '%s warns of images that the model was trained on',
  async (verb) => {
    const model = project.path(verb);
    await cp(trained, model, { recursive: true });
    const run = (data: string, from = model) =>
      polytagEval(verb, '--model', from, '--data', project.path(data));
    const flattering = await run('data/train.json');
    expect(flattering.status).toBe(0);
    expect(flattering.err).toContain(`${WARNING}all 8 images of train.json: scores on them do not show`);
    expect((await run('data/val.json')).err).not.toContain(WARNING);
    // What it knows stays in the folder; a model that does not know says nothing.
    expect((await run('data/train.json')).err).toContain(WARNING);
    if (verb === 'score') expect((await run('data/train.json', project.best)).err).not.toContain(WARNING);
  },
);

it('knows them under other names, and counts them among others', async () => {
  const { classes, images } = JSON.parse(await readFile(project.path('data/val.json'), 'utf8'));
  const [seen] = JSON.parse(await readFile(project.path('data/train.json'), 'utf8')).images;
  await cp(project.path('data', seen[0]), project.path('data/renamed.png'));
  const mixed = { classes, images: [...images, ['renamed.png', seen[1]]] };
  await project.write('data/mixed.json', JSON.stringify(mixed));
  const { err } = await polytagEval('score', '--model', trained, '--data', project.path('data/mixed.json'));
  expect(err).toContain(`${WARNING}1 of the 7 images of mixed.json`);
});

it('predicts by a model whose list of training images is damaged, and says so when it scores', async () => {
  const model = project.path('damaged');
  await cp(trained, model, { recursive: true });
  await rm(project.path('damaged/manifest.json'));
  for (const content of ['{', '{"images": 3, "digests": "AAAA"}', '{"images": "three"}']) {
    await writeFile(project.path('damaged/training_images.json'), content);
    const predicted = await polytagEval('predict', project.path('data/renamed.png'), '--model', model);
    expect([predicted.status, predicted.err]).toEqual([0, expect.not.stringContaining('training_images')]);
    const { status, err } = await polytagEval(
      'score',
      '--model',
      model,
      '--data',
      project.path('data/val.json'),
    );
    expect([status, err]).toEqual([0, expect.stringMatching(/warning: .*training_images\.json.*is unknown/)]);
  }
});
