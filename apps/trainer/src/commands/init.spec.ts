import { readFile } from 'node:fs/promises';
import { checkRunConfig, loadRunConfig } from '../config/load-run-config.js';
import { polytagTrain, Project, set } from '../project.fixture.js';
import { configForLabelFiles } from './label-file-config.js';

let project: Project;
beforeAll(async () => void (project = await Project.make()));
afterAll(() => project.remove());

it('writes a config that fit accepts', async () => {
  const file = project.path('configs/own.yaml');
  const [train, val] = [project.path('data/train.json'), project.path('data/val.json')];
  const { status, out } = await polytagTrain('init', '--train', train, '--val', val, '--out', file);
  expect([status, out]).toEqual([0, `wrote ${file}\n`]);
  const text = await readFile(file, 'utf8');
  expect(text).toContain(`polytag-train fit --config ${file} --out runs/first`);
  expect(text).toContain('root: ../data');
  expect(text).not.toContain(project.folder + '/data');
  expect(await loadRunConfig(file)).toEqual(checkRunConfig(configForLabelFiles(train, val), [], 'init'));

  const small = ['training.epochs=1', 'training.batchSize=4', 'data.height=32', 'data.width=32'];
  const fit = await polytagTrain(
    ...['fit', '--config', file, '--out', project.path('runs/init')],
    ...set(...small, 'model.backbone.options={widthMultiplier: 0.25}'),
  );
  expect(fit.status).toBe(0);
});

it('writes one without a validation part', async () => {
  const file = project.path('unscored.yaml');
  expect((await polytagTrain('init', '--train', project.path('data/train.json'), '--out', file)).status).toBe(
    0,
  );
  expect((await loadRunConfig(file)).data).toMatchObject({ root: project.path('data'), val: null });
});

it('does not overwrite a file', async () => {
  const file = await project.write('taken.yaml', 'mine');
  const { status, err } = await polytagTrain('init', '--train', 'train.json', '--out', file);
  expect(status).toBe(2);
  expect(err).toContain(`${file} exists already.`);
  expect(await readFile(file, 'utf8')).toBe('mine');
});
