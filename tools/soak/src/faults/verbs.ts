import { datasetReaders, sampleImages, type SampleContent } from '@polytag/datasets/readers';

/** A verb in a small run. Paths are relative to the folder that `prepareBase` makes. */
export interface Verb {
  readonly name: string;
  readonly program: 'train' | 'eval';
  readonly argv: readonly string[];
  /** What makes the verb succeed after a fault, where the same command would not. */
  readonly again?: {
    readonly argv: readonly string[];
    /** As soon as one of these is there. Default: always. */
    readonly when?: readonly string[];
  };
  /** Files that are there already and that the verb replaces: each is what it was or what it becomes. */
  readonly replaces?: RegExp;
  /** What stays after a fault on purpose, for the next run to go on with. */
  readonly keeps?: RegExp;
  /** Files that the verb can do without: a fault there does not end it. */
  readonly forgives?: RegExp;
  /** Files that tell how long something took: no two runs write them alike. */
  readonly timed?: RegExp;
  /**
   * Writes of a verb that this one runs inside it. That verb tries each of them; here only some are tried, unless every
   * write is asked for.
   */
  readonly within?: RegExp;
  /** Whether one run has some writes more than another: how a server cuts what it sends is chance. */
  readonly varies?: boolean;
}

const train = (name: string, argv: readonly string[], more: Partial<Verb> = {}): Verb => ({
  name,
  program: 'train',
  argv,
  ...more,
});
const evaluate = (name: string, argv: readonly string[], more: Partial<Verb> = {}): Verb => ({
  name,
  program: 'eval',
  argv,
  ...more,
});

const set = (...values: readonly string[]) => values.flatMap((value) => ['--set', value]);
const forced = { again: { argv: ['--force'] } };
const tiny = ['--config', 'tiny.yaml'];
const model = ['--model', 'model'];
const scoring = [...model, '--data', 'data/val.json'];
const inModel = { replaces: /^model\// };
const resumed = (folder: string): Partial<Verb> => ({
  again: { argv: ['--resume'], when: [`${folder}/metrics.jsonl`, `${folder}/checkpoints/last`] },
});
/** Each is a run of `fit`. */
const trials = / search\/trial-\d/;
const lines = (file: string): Partial<Verb> => ({ again: { argv: ['--resume'], when: [file] } });
/** What is fetched goes on where it broke off; a cache without its notes is as good, but slower. */
const fetched = { keeps: /\.incomplete(\.json)?$/, forgives: /\.safetensors\.json(\.|$)/, varies: true };

export const VERBS: readonly Verb[] = [
  train('init', ['init', '--train', 'data/train.json', '--out', 'configs/own.yaml']),
  train('prepare csv', ['prepare', 'csv', '--from', '.', '--file', 'own.csv', '--out', 'prepared'], forced),
  train(
    'prepare csv --val',
    ['prepare', 'csv', '--from', '.', '--file', 'own.csv', '--out', 'prepared', '--val', '0.5'],
    forced,
  ),
  train('split', ['split', '--data', 'data/train.json', '--val', '0.5', '--out', 'parts'], forced),
  train('split --folds', ['split', '--data', 'data/train.json', '--folds', '2', '--out', 'parts'], forced),
  ...['coco', 'csv', 'jsonl', 'label-studio'].map((to) =>
    train(`convert --to ${to}`, ['convert', 'data/train.json', '--to', to, '--out', `out/${to}.txt`], forced),
  ),
  train('inspect images', ['inspect', 'images', 'tiny.yaml', '--out', 'sheets/a.png']),
  train('inspect config, drawing scenes', ['inspect', 'config', 'scenes.yaml']),
  train('inspect data', [
    ...['inspect', 'data', 'data/train.json', 'data/val.json', '--json', 'out/found.json'],
    ...['--report', 'out/found', '--write', 'out/cleaned'],
  ]),
  train('inspect data --model', ['inspect', 'data', 'data/train.json', ...model, '--report', 'out/found']),
  train('inspect data --features', [
    ...['inspect', 'data', '--config', 'from-model.yaml', '--features', '--report', 'out/found'],
  ]),
  train(
    'label-issues',
    [
      ...['label-issues', '--data', 'data/train.json', ...tiny, '--folds', '2', '--out', 'issues'],
      ...set('training.epochs=1'),
    ],
    { within: / issues\/folds\// },
  ),
  train('label-issues --scores', [
    ...['label-issues', '--data', 'data/val.json', '--scores', 'scores.csv', '--out', 'issues'],
  ]),
  train('label-issues --apply', [
    ...[
      'label-issues',
      '--data',
      'data/train.json',
      '--apply',
      'decisions.csv',
      '--out',
      'out/corrected.json',
    ],
  ]),
  train('import', ['import', '--config', 'from-model.yaml', '--out', 'imported']),
  train('import, fetching', ['import', '--config', 'from-server.yaml', '--out', 'imported'], fetched),
  train('fit --dry-run', ['fit', ...tiny, '--dry-run']),
  train(
    'find-lr',
    ['find-lr', ...tiny, '--out', 'search', ...set('training.batchSize=2', 'data.train=many.json')],
    { again: { argv: ['--resume'], when: ['search/search.json'] } },
  ),
  train(
    'find-lr --mode tpe',
    ['find-lr', ...tiny, '--mode', 'tpe', '--trials', '2', '--epochs', '1', '--out', 'search'],
    { again: { argv: ['--resume'], when: ['search/search.json'] }, within: trials },
  ),
  train(
    'tune',
    [
      ...['tune', '--config', 'from-model.yaml', '--time', '10m', '--trials', '2', '--out', 'search'],
      ...set('training.features=true', 'training.epochs=1'),
    ],
    {
      again: { argv: ['--resume'], when: ['search/tune.json'] },
      forgives: /mkdir \w+ search\/features$|checked-images\.txt/,
      timed: /trials\.txt$/,
      within: trials,
    },
  ),
  train('fit', ['fit', ...tiny, '--out', 'run'], resumed('run')),
  train(
    'fit, keeping all',
    [
      ...['fit', ...tiny, '--out', 'run'],
      ...set('training.ema={decay: 0.5}', 'training.keepEvery=1', 'training.checkpointEvery=1'),
      ...set('data.augment.cutout=true', 'data.badImages=skip', 'data.maxBadImages=3', 'data.train=bad.json'),
    ],
    resumed('run'),
  ),
  train(
    'fit, mutual learning',
    ['fit', '--config', 'mutual.yaml', '--out', 'run', ...set('training.epochs=1')],
    resumed('run'),
  ),
  train(
    'fit, searching the rate',
    [
      ...['fit', ...tiny, '--out', 'run', ...set('training.epochs=1')],
      ...set('training.findLearningRate={mode: tpe, trials: 2, epochs: 1}'),
    ],
    {
      again: {
        argv: ['--resume'],
        when: ['run/metrics.jsonl', 'run/checkpoints/last', 'run/lr-search/search.json'],
      },
      within: / run\/(?!lr-search\/\.?search)/,
    },
  ),
  train(
    'fit, cached features',
    ['fit', '--config', 'from-model.yaml', '--out', 'run', ...set('training.features=true')],
    // The list of images known to be whole spares reading them again, no more.
    {
      ...resumed('run'),
      forgives: /mkdir \w+ features$|checked-images\.txt/,
      within: / run\/(?:\.?best|checkpoints|tensorboard)/,
    },
  ),
  train('fit --folds', ['fit', ...tiny, '--folds', '2', '--out', 'folds', ...set('training.epochs=1')], {
    again: { argv: ['--resume'], when: ['folds/folds.json'] },
    within: / folds\/fold-\d/,
  }),
  evaluate('score', [
    'score',
    ...scoring,
    '--json',
    'out/a.json',
    '--report',
    'out/report',
    '--bootstrap',
    '5',
  ]),
  evaluate('score --scores', [
    ...['score', '--scores', 'scores.csv', '--data', 'data/val.json', '--json', 'out/a.json'],
    ...['--report', 'out/report'],
  ]),
  evaluate('compare', [
    ...['compare', 'model', 'scores.csv', '--data', 'data/val.json', '--bootstrap', '5'],
    ...['--json', 'out/a.json', '--report', 'out/report'],
  ]),
  ...['text', 'csv', 'jsonl'].map((format) =>
    evaluate(
      `predict --format ${format}`,
      ['predict', 'data/images', ...model, '--format', format, '--out', 'out/lines', '--workers', '1'],
      lines('out/lines'),
    ),
  ),
  evaluate(
    'predict --shard',
    ['predict', 'data/images', ...model, '--shard', '1/2', '--out', 'out/lines', '--workers', '1'],
    lines('out/lines'),
  ),
  evaluate('merge', ['merge', 'one.txt', 'two.txt', '--out', 'out/all.txt']),
  evaluate('embed', ['embed', 'data/images', ...model, '--out', 'out/vectors.npy', '--workers', '1']),
  evaluate(
    'embed, over earlier vectors',
    ['embed', 'data/images', ...model, '--out', 'vectors.npy', '--workers', '1'],
    { replaces: /^vectors\./ },
  ),
  evaluate('suggest', [
    ...['suggest', ...model, '--data', 'data/train.json', '--pool', 'data/images', '--count', '3'],
    ...['--out', 'out/next.txt', '--workers', '1'],
  ]),
  evaluate('thresholds', ['thresholds', ...scoring], inModel),
  evaluate('thresholds --out', ['thresholds', ...scoring, '--out', 'with-thresholds']),
  evaluate('thresholds --from', ['thresholds', ...model, '--from', 'thresholds.json'], inModel),
  evaluate('calibrate', ['calibrate', ...scoring], inModel),
  evaluate('calibrate --out', ['calibrate', ...scoring, '--method', 'platt', '--out', 'calibrated']),
  evaluate('export', ['export', ...model, '--out', 'page']),
  evaluate('export --weights float16', ['export', ...model, '--weights', 'float16', '--out', 'page']),
  evaluate('export --format onnx', ['export', ...model, '--format', 'onnx', '--out', 'graph']),
  evaluate('export --format onnx --backbone-only', [
    ...['export', ...model, '--format', 'onnx', '--backbone-only', '--out', 'out/encoder.onnx'],
  ]),
  evaluate('export --format huggingface', ['export', ...model, '--format', 'huggingface', '--out', 'hub']),
];

const CONTENT: SampleContent = { classes: ['a', 'b', 'c'], train: [[0, 1], [2]], test: [[1]] };

/** A small data set in a format, with the verb that reads it. */
export interface FormatVerb {
  readonly verb: Verb;
  /** Contents by path from the base folder on; images are empty. */
  readonly files: Readonly<Record<string, string>>;
}

/** `prepare` of every format, in each of its layouts. */
export async function formatVerbs(): Promise<readonly FormatVerb[]> {
  const all = datasetReaders.map(async (reader) =>
    (await reader.samples()).map((sample): FormatVerb => {
      const content = { ...CONTENT, classes: sample.classes ?? CONTENT.classes };
      const { files, options } = sample.write(content);
      const title = ['prepare', reader.name, sample.layout].filter(Boolean).join(' ');
      const from = `sets/${title.replaceAll(' ', '-')}`;
      const given = Object.entries(options).flatMap(([key, value]) =>
        typeof value === 'boolean'
          ? []
          : [value].flat().flatMap((one) => [flag(key), inSet(key, String(one), from)]),
      );
      const images = sampleImages(content).map(({ file }) => [file, ''] as const);
      const texts = Object.entries(files).map(([path, text]) => [
        path,
        typeof text === 'string' ? text : JSON.stringify(text),
      ]);
      return {
        verb: train(title, ['prepare', reader.name, '--from', from, ...given, '--out', 'prepared'], forced),
        files: Object.fromEntries([...images, ...texts].map(([path, text]) => [`${from}/${path}`, text])),
      };
    }),
  );
  return (await Promise.all(all)).flat();
}

const flag = (key: string) => `--${key.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;
const inSet = (key: string, value: string, from: string) => (key === 'images' ? `${from}/${value}` : value);
