import { readFile } from 'node:fs/promises';
import { loadModel } from '@polytag/model';
import { polytagTrain, Project, set } from './project.fixture.js';

let project: Project;
beforeAll(async () => {
  project = await Project.make();
  await project.installPackages();
  const guide = await readFile(new URL('../../../docs/guides/extend.md', import.meta.url), 'utf8');
  // The files of the guide, each named in its first line.
  for (const [, text] of guide.matchAll(/^```(?:js|yaml)\n(.*?)^```/gms)) {
    const name = /^(?:\/\/|#) ([\w-]+\.(?:mjs|yaml))/.exec(text)![1];
    await project.write(name, text);
  }
});
afterAll(() => project.remove());

it('trains the head, loss and backbone of the guide, files outside this repository', async () => {
  const argv = ['fit', '--config', project.path('own.yaml'), '--out', project.path('runs/own')];
  const { status, out } = await polytagTrain(...argv, ...set(`data.root=${project.path('data')}`));
  expect([status, out]).toEqual([0, expect.stringMatching(/^best mAP /)]);
  const model = await loadModel(project.path('runs/own/best'), { allowModules: true });
  try {
    expect([model.head.name, model.backbone.name]).toEqual(['two-layers', 'three-convolutions']);
    expect(model.parameters.find(({ key }) => key === 'hidden.weight')?.variable.shape).toEqual([32, 24]);
    const scores = await model.topK(project.path('data/images/val-00000.png'), 16);
    expect(scores).toHaveLength(16);
  } finally {
    model.dispose();
  }
});

it('names an option that the own head does not have', async () => {
  const { status, err } = await polytagTrain(
    ...['fit', '--config', project.path('own.yaml'), '--out', project.path('runs/wrong')],
    ...set('model.head.options.widht=3'),
  );
  expect(status).toBe(2);
  expect(err).toContain('"model.head.options.widht"');
  expect(err).toContain('Did you mean "model.head.options.width"?');
});

it('refuses a module that is a part of another kind, or none', async () => {
  const fit = (...assignments: string[]) =>
    polytagTrain(
      ...['fit', '--config', project.path('own.yaml'), '--out', project.path('runs/wrong')],
      ...set(...assignments),
    );
  expect(await fit(`model.head={module: ${project.path('my-loss.mjs')}}`)).toMatchObject({
    status: 2,
    err: expect.stringContaining('"brier" is a loss; expected a head'),
  });
  const broken = await project.write('broken.mjs', 'export default {');
  expect(await fit(`model.head={module: ${broken}}`)).toMatchObject({
    status: 8,
    err: expect.stringContaining(`the module ${broken} cannot be loaded`),
  });
});
