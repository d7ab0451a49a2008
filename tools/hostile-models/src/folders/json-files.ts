import {
  type Files,
  type HostileFolder,
  jsonOf,
  RawJson,
  textOf,
  withFile,
  withoutFile,
  withValue,
} from '../hostile-folder.js';

const NAMES = ['config.json', 'preprocessor_config.json', 'thresholds.json', 'calibration.json'];

/** What a text can be in place of a JSON object. */
const TEXTS: Readonly<Record<string, (whole: string) => Uint8Array | string>> = {
  empty: () => '',
  'a list': () => '[]',
  'a number': () => '5',
  null: () => 'null',
  'a string': () => '"polytag"',
  'no JSON': () => '{',
  'cut off': (whole) => whole.slice(0, whole.length >> 1),
  'with more behind it': (whole) => `${whole}{}`,
  'UTF-16': (whole) => Buffer.from(`\ufeff${whole}`, 'utf16le'),
  'a wrong byte': (whole) =>
    Buffer.concat([Buffer.from(whole.slice(0, 9)), Buffer.of(0xff), Buffer.from(whole.slice(9))]),
  'zero bytes': () => new Uint8Array(1000),
  'a byte order mark': (whole) => `\ufeff${whole}`,
  'nested a million times': (whole) => whole.replace('{', `{"more":${'['.repeat(1e6)}${']'.repeat(1e6)},`),
  'opened a million times': () => '{"a":'.repeat(1e6),
  '9 MB of spaces': (whole) => whole + ' '.repeat(9e6),
  'a million keys': (whole) =>
    whole.replace('{', `{${Array.from({ length: 3e5 }, (_, i) => `"k${i}":1`).join()},`),
  'a key __proto__': (whole) => whole.replace('{', '{"__proto__":{"polluted":true},'),
  'a key constructor': (whole) => whole.replace('{', '{"constructor":{"prototype":{"polluted":true}},'),
  'a key twice': (whole) => whole.replace('{', '{"model_type":"other",'),
};

const texts: HostileFolder[] = NAMES.flatMap((name) =>
  Object.entries(TEXTS).map(([what, change]) => ({
    name: `${name}: ${what}`,
    files: (whole: Files) => withFile(whole, name, change(textOf(whole, name))),
  })),
);

const INFINITE = new RawJson('1e999');
const ODD = [
  null,
  -1,
  0,
  0.5,
  1e9,
  1e308,
  INFINITE,
  '',
  'x',
  '../../x',
  [],
  {},
  [[0]],
  true,
  { a: 1 },
  '__proto__',
];

const PLACES: Readonly<Record<string, readonly string[]>> = {
  'config.json': [
    ...['model_type', 'polytag_version', 'problem_type', 'output_space', 'scale', 'id2label', 'label2id'],
    ...['backbone', 'backbone.name', 'backbone.options', 'backbone.options.widthMultiplier'],
    ...['backbone.options.layout', 'backbone.options.inputHeight', 'backbone.options.padding'],
    ...[
      'head',
      'head.name',
      'head.options',
      'head.options.scale',
      'head.options.space',
      'head.options.pooling',
    ],
    ...['id2label.0', 'id2label.7', 'label2id.cat', 'backbone.options.more'],
  ],
  'preprocessor_config.json': [
    ...['size', 'size.height', 'size.width', 'image_mean', 'image_std', 'do_resize', 'do_rescale'],
    ...[
      'rescale_factor',
      'do_normalize',
      'resample',
      'do_center_crop',
      'crop_size',
      'do_more',
      'do_convert_rgb',
    ],
    ...['image_processor_type', 'data_format'],
  ],
};

/** Each place with four of the odd values, others at each. */
const values: HostileFolder[] = Object.entries(PLACES).flatMap(([file, places]) =>
  places.flatMap((place, i) => [
    { name: `${file}: without ${place}`, files: (whole: Files) => withValue(whole, file, place, undefined) },
    ...[0, 1, 2, 3].map((k) => {
      const value = ODD[(5 * i + 4 * k) % ODD.length];
      const shown = value === INFINITE ? '1e999' : JSON.stringify(value);
      return {
        name: `${file}: ${place} is ${shown}`,
        files: (whole: Files) => withValue(whole, file, place, value),
      };
    }),
  ]),
);

const one = (name: string, file: string, place: string, value: unknown): HostileFolder => ({
  name: `${file}: ${name}`,
  files: (whole) => withValue(whole, file, place, value),
});
const numbers = (first: unknown) => [first, 0.5, 0.5];
const labels = (names: readonly string[]) => (whole: Files) =>
  withValue(
    withValue(withoutFile(whole, 'thresholds.json', 'calibration.json'), 'config.json', 'id2label', {
      ...names,
    }),
    'config.json',
    'label2id',
    Object.fromEntries(names.map((label, i) => [label, i])),
  );
const platt = (labelled: object) => ({ method: 'platt', labels: labelled });
const pair = { slope: 1, offset: 0 };
const all = (value: unknown) => ({ cat: value, dog: value, person: value });

const chosen: HostileFolder[] = [
  one('a size of 10^5', 'preprocessor_config.json', 'size', { height: 1e5, width: 1e5 }),
  one('a size of 20000', 'preprocessor_config.json', 'size', { height: 20000, width: 20000 }),
  one('one side', 'preprocessor_config.json', 'size', { shortest_edge: 32 }),
  one('a size that is text', 'preprocessor_config.json', 'size', { height: '32', width: '32' }),
  one('a size of 1', 'preprocessor_config.json', 'size', { height: 1, width: 1 }),
  one('a deviation of 0', 'preprocessor_config.json', 'image_std', numbers(0)),
  one('a deviation below 0', 'preprocessor_config.json', 'image_std', numbers(-1)),
  one('an infinite mean', 'preprocessor_config.json', 'image_mean', numbers(INFINITE)),
  one('four colours', 'preprocessor_config.json', 'image_mean', [0, 0, 0, 0]),
  one('a deviation of 1e-300', 'preprocessor_config.json', 'image_std', numbers(1e-300)),
  one(
    'a million means',
    'preprocessor_config.json',
    'image_mean',
    Array.from({ length: 1e6 }, () => 0),
  ),
  one('code of another library', 'config.json', 'auto_map', { AutoModel: 'evil.Model' }),
  one('an infinite scale', 'config.json', 'scale', INFINITE),
  one('a scale of 1e38', 'config.json', 'scale', 1e38),
  one('ml-decoder of other weights', 'config.json', 'head', { name: 'ml-decoder', options: {} }),
  one('a graph without its matrix', 'config.json', 'head', { name: 'gcn', options: {} }),
  one('another backbone', 'config.json', 'backbone', { name: 'tresnet-xl', options: {} }),
  { name: 'config.json: 50000 labels', files: labels(Array.from({ length: 5e4 }, (_, i) => `label ${i}`)) },
  { name: 'config.json: no labels', files: labels([]) },
  { name: 'config.json: one label', files: labels(['cat']) },
  { name: 'config.json: labels that look alike', files: labels(['cat', 'Cat', 'cat ']) },
  {
    name: 'config.json: labels of control characters',
    files: labels(['\u001b[2J', 'a\nerror: b', '\u202e']),
  },
  { name: 'config.json: labels of keys', files: labels(['__proto__', 'constructor', 'toString']) },
  { name: 'config.json: a label of a megabyte', files: labels(['x'.repeat(1e6), 'dog', 'person']) },
  { name: 'config.json: an empty label', files: labels(['', 'dog', 'person']) },
  one('above 1', 'thresholds.json', 'thresholds', all(1.5)),
  one('below 0', 'thresholds.json', 'thresholds', all(-1)),
  one('infinite', 'thresholds.json', 'thresholds', all(INFINITE)),
  one('text', 'thresholds.json', 'thresholds', all('0.5')),
  one('too few', 'thresholds.json', 'thresholds', { cat: 0.5 }),
  one('of others', 'thresholds.json', 'thresholds', { ...all(0.5), car: 0.5 }),
  one('thresholds in a list', 'thresholds.json', 'thresholds', [0.5, 0.5, 0.5]),
  one('none', 'thresholds.json', 'thresholds', undefined),
  one('of __proto__', 'thresholds.json', 'thresholds.__proto__', 0.5),
  one(
    '200000 of them',
    'thresholds.json',
    'thresholds',
    Object.fromEntries(Array.from({ length: 2e5 }, (_, i) => [`k${i}`, 'x'])),
  ),
  ...[
    ['a method of others', { method: 'isotonic' }],
    ['no method', {}],
    ['a temperature of 0', { method: 'temperature', temperature: 0 }],
    ['a temperature below 0', { method: 'temperature', temperature: -2 }],
    ['a temperature of 1e-310', { method: 'temperature', temperature: 1e-310 }],
    ['a temperature of 1e308', { method: 'temperature', temperature: 1e308 }],
    ['an infinite temperature', { method: 'temperature', temperature: INFINITE }],
    ['a slope below 0', platt(all({ slope: -1, offset: 0 }))],
    ['a slope of 1e308', platt(all({ slope: 1e308, offset: 0 }))],
    ['an offset of 1e308', platt(all({ slope: 1, offset: 1e308 }))],
    ['an infinite offset', platt(all({ slope: 1, offset: INFINITE }))],
    ['too few pairs', platt({ cat: pair })],
    ['a pair of another label', platt({ ...all(pair), car: pair })],
    ['a list of pairs', platt([pair, pair, pair])],
  ].map(([what, content]): HostileFolder => ({
    name: `calibration.json: ${what as string}`,
    files: (whole) => withFile(whole, 'calibration.json', jsonOf(content)),
  })),
  {
    name: 'calibration.json: a pair of __proto__',
    files: (whole) =>
      withFile(whole, 'calibration.json', '{"method":"platt","labels":{"__proto__":{"slope":1,"offset":0}}}'),
  },
];

/** JSON that lies, is damaged, or is none. */
export const jsonFolders: readonly HostileFolder[] = [...texts, ...values, ...chosen];
