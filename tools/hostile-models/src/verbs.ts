import { join } from 'node:path';

/** A verb that takes a model folder. */
export interface FolderVerb {
  readonly name: string;
  readonly program: 'evaluator' | 'trainer';
  /** Whether the folder's weights are all that it looks at. */
  readonly weightsAlone?: boolean;
  /** @param root holds `data/`, `tiny.yaml` and `decisions`; what is written goes to `out/` there */
  argv(root: string, folder: string): readonly string[];
}

const evaluator = (name: string, argv: FolderVerb['argv']): FolderVerb => ({
  name,
  program: 'evaluator',
  argv,
});
const trainer = (name: string, argv: FolderVerb['argv']): FolderVerb => ({
  name,
  program: 'trainer',
  weightsAlone: true,
  argv,
});
const data = (root: string) => ['--data', join(root, 'data/val.json')];
const image = (root: string) => join(root, 'data/images/val-00000.png');
const config = (root: string, folder: string) => [
  ...['--config', join(root, 'tiny.yaml'), '--set', `model.weights=${folder}`],
];

/** Every verb that takes a model folder, as a model or as weights to begin with. */
export const folderVerbs: readonly FolderVerb[] = [
  evaluator('predict', (root, folder) => ['predict', image(root), '--model', folder]),
  evaluator('score', (root, folder) => ['score', '--model', folder, ...data(root)]),
  evaluator('thresholds', (root, folder) => [
    'thresholds',
    '--model',
    folder,
    ...data(root),
    '--out',
    join(root, 'out/t'),
  ]),
  evaluator('thresholds --from', (root, folder) => [
    ...[
      'thresholds',
      '--model',
      folder,
      '--from',
      join(root, 'thresholds.json'),
      '--out',
      join(root, 'out/f'),
    ],
  ]),
  evaluator('calibrate', (root, folder) => [
    'calibrate',
    '--model',
    folder,
    ...data(root),
    '--out',
    join(root, 'out/c'),
  ]),
  evaluator('compare', (root, folder) => [
    'compare',
    join(root, 'whole'),
    folder,
    ...data(root),
    '--bootstrap',
    '2',
  ]),
  evaluator('embed', (root, folder) => [
    'embed',
    image(root),
    '--model',
    folder,
    '--out',
    join(root, 'out/e.npy'),
  ]),
  evaluator('suggest', (root, folder) => [
    ...['suggest', '--model', folder, '--data', join(root, 'data/train.json'), '--pool', image(root)],
  ]),
  evaluator('export', (root, folder) => ['export', '--model', folder, '--out', join(root, 'out/web')]),
  evaluator('export --format onnx', (root, folder) => [
    ...['export', '--model', folder, '--format', 'onnx', '--out', join(root, 'out/onnx')],
  ]),
  evaluator('benchmark', (_, folder) => ['benchmark', '--model', folder, '--rounds', '1', '--batch', '1']),
  {
    ...trainer('inspect data --model', (root, folder) => [
      'inspect',
      'data',
      join(root, 'data/val.json'),
      '--model',
      folder,
    ]),
    weightsAlone: false,
  },
  trainer('inspect weights', (_, folder) => ['inspect', 'weights', join(folder, 'model.safetensors')]),
  trainer('import', (root, folder) => ['import', ...config(root, folder), '--out', join(root, 'out/i')]),
  trainer('fit', (root, folder) => ['fit', ...config(root, folder), '--out', join(root, 'out/run')]),
  trainer('label-issues', (root, folder) => [
    ...[
      'label-issues',
      ...data(root),
      ...config(root, folder),
      '--folds',
      '2',
      '--out',
      join(root, 'out/issues'),
    ],
  ]),
];
