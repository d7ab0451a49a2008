import { polytagTrain, Project, set } from '../project.fixture.js';

let project: Project;
beforeAll(async () => void (project = await Project.make()));
afterAll(() => project.remove());

it('counts labels, images without any and labels that no image has', async () => {
  const labels = [['dog'], ['dog', 'dog', 'cat'], [], ['dog', 'bird'], ['cat']];
  const file = await project.labelFile('few.json', (i) => labels[i], {
    images: 5,
    classes: ['cat', 'dog', 'zebra'],
  });
  const { status, out, err } = await polytagTrain('inspect', '--data', file);
  expect([status, err]).toEqual([0, '']);
  expect(out).toBe(
    [
      `${file}: 5 images, 3 labels, 1.00 labels an image`,
      '  images by number of labels: 0: 1, 1: 3, 2: 1',
      '  1 images have no label (all-negative)',
      '  labels without an image: zebra',
      '  labels that are not in "classes": bird (1)',
      '  label  images  occurrences',
      '  dog         3            4',
      '  cat         2            2',
      '  zebra       0            0',
      '',
    ].join('\n'),
  );
});

it('shows a config with every default, and its label files', async () => {
  const { status, out } = await polytagTrain(
    'inspect',
    '--config',
    project.path('tiny.yaml'),
    ...set('seed=9'),
  );
  expect(status).toBe(0);
  expect(out).toContain('seed: 9\n');
  expect(out).toContain('weightDecay: 0.0005\n');
  expect(out).toContain(`${project.path('data/train.json')}: 8 images, 16 labels`);
  expect(out).toContain(`${project.path('data/val.json')}: 6 images, 16 labels`);
});

it('names an image that is not there', async () => {
  const file = await project.labelFile('lost.json', () => [], { replace: { 1: 'images/lost.png' } });
  const { status, err } = await polytagTrain('inspect', '--data', file);
  expect(status).toBe(3);
  expect(err).toContain('"images/lost.png"');
});
