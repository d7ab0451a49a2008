import { PassThrough } from 'node:stream';
import { commandSurface } from '@polytag/cli';
import { polytagEval } from './evaluator.fixture.js';
import { evaluatorProgram } from './program.js';

it('has these commands, options and defaults', () => {
  const stream = new PassThrough();
  expect(commandSurface(evaluatorProgram({ out: stream, err: stream }))).toEqual([
    '-V, --version',
    'score --model <folder>',
    'score --allow-modules',
    'score --scores <file>',
    'score --logits',
    'score --data <file> | required',
    'score --train <file>',
    'score --json <file>',
    'score --report <folder>',
    'score --bootstrap <n>',
    'score --seed <n> | default 0',
    'score --flip',
    'score --ignore-unknown-labels',
    'score --batch <images> | default 64',
    'score --workers <threads> | default 1',
    'score --strict',
    'score --max-pixels <n>',
    'score --engine <name> | one of wasm, cpu, webgpu, onnx | default "wasm"',
    'score --threads <n>',
    'compare A',
    'compare B',
    'compare --allow-modules',
    'compare --data <file> | required',
    'compare --json <file>',
    'compare --report <folder>',
    'compare --bootstrap <n> | default 1000',
    'compare --seed <n> | default 0',
    'compare --logits',
    'compare --flip',
    'compare --ignore-unknown-labels',
    'compare --batch <images> | default 64',
    'compare --workers <threads> | default 1',
    'compare --strict',
    'compare --max-pixels <n>',
    'compare --engine <name> | one of wasm, cpu, webgpu | default "wasm"',
    'predict paths',
    'predict --model <folder> | required',
    'predict --allow-modules',
    'predict --from <file>',
    'predict --workers <threads>',
    'predict --replicas <n> | default 1',
    'predict --top <k>',
    'predict --threshold <score>',
    'predict --scores',
    'predict --format <name> | one of text, jsonl, csv',
    'predict --json',
    'predict --out <file>',
    'predict --resume',
    'predict --shard <i/n>',
    'predict --strict',
    'predict --max-pixels <n>',
    'predict --engine <name> | one of wasm, cpu, webgpu, onnx | default "wasm"',
    'predict --threads <n>',
    'merge files',
    'merge --out <file> | required',
    'embed paths',
    'embed --model <folder> | required',
    'embed --allow-modules',
    'embed --out <file> | required',
    'embed --from <file>',
    'embed --workers <threads>',
    'embed --replicas <n> | default 1',
    'embed --strict',
    'embed --max-pixels <n>',
    'embed --engine <name> | one of wasm, cpu, webgpu | default "wasm"',
    'suggest --model <folder> | required',
    'suggest --allow-modules',
    'suggest --data <file> | required',
    'suggest --pool <paths...> | required',
    'suggest --count <n> | default 100',
    'suggest --seed <n> | default 1',
    'suggest --out <file>',
    'suggest --workers <threads>',
    'suggest --replicas <n> | default 1',
    'suggest --max-pixels <n>',
    'suggest --engine <name> | one of wasm, cpu, webgpu | default "wasm"',
    'thresholds --model <folder> | required',
    'thresholds --allow-modules',
    'thresholds --data <file>',
    'thresholds --from <file>',
    'thresholds --out <folder>',
    'thresholds --ignore-unknown-labels',
    'thresholds --batch <images> | default 64',
    'thresholds --workers <threads> | default 1',
    'thresholds --strict',
    'thresholds --max-pixels <n>',
    'thresholds --engine <name> | one of wasm, cpu, webgpu | default "wasm"',
    'calibrate --model <folder> | required',
    'calibrate --allow-modules',
    'calibrate --data <file> | required',
    'calibrate --method <name> | one of temperature, platt | default "temperature"',
    'calibrate --out <folder>',
    'calibrate --ignore-unknown-labels',
    'calibrate --batch <images> | default 64',
    'calibrate --workers <threads> | default 1',
    'calibrate --strict',
    'calibrate --max-pixels <n>',
    'calibrate --engine <name> | one of wasm, cpu, webgpu | default "wasm"',
    'export --model <folder> | required',
    'export --allow-modules',
    'export --out <folder> | required',
    'export --format <name> | one of tfjs, onnx, huggingface | default "tfjs"',
    'export --weights <type> | one of float32, float16, int8 | default "float32"',
    'export --input <form> | one of pixels, pixels-float, normalised',
    'export --outputs <names...> | one of scores, embedding',
    'export --quantise <how> | one of static',
    'export --calibrate <file>',
    'export --check <file>',
    'benchmark --model <folder> | required',
    'benchmark --allow-modules',
    'benchmark --batch <images> | default 16',
    'benchmark --rounds <n> | default 20',
    'benchmark --engine <name> | one of wasm, cpu, webgpu, onnx | default "wasm"',
    'benchmark --threads <n>',
  ]);
});

it('writes help and version to stdout', async () => {
  expect(await polytagEval('--version')).toEqual({ status: 0, out: '0.1.0\n', err: '' });
  const { status, out, err } = await polytagEval('predict', '--help');
  expect([status, err]).toEqual([0, '']);
  expect(out).toContain('--threshold');
});

it('shows its commands when none is given', async () => {
  const { status, out, err } = await polytagEval();
  expect([status, out]).toEqual([2, '']);
  expect(err).toContain('predict');
});

it.each([
  [['score', '--model', 'a'], '--data'],
  [['score', '--modle', 'a', '--data', 'b'], '--model'],
  [['score', '--model', 'a', '--data', 'b', '--batch', '0'], 'It must be a whole number from 1.'],
  [
    ['score', '--model', 'a', '--data', 'b', '--engine', 'gpu'],
    'Allowed choices are wasm, cpu, webgpu, onnx.',
  ],
  [['predict', '--model', 'a'], 'No photographs are named.'],
  [['predict', 'a.jpg', '--model', 'a', '--resume'], '--resume needs a file to write to.'],
  [['predict', 'a.jpg', '--model', 'a', '--shard', '1/2'], '--shard needs a file to write to.'],
  [
    ['predict', 'a.jpg', '--model', 'a', '--shard', '3/2', '--out', 'b'],
    'It must be such as 1/3, 2/3 or 3/3.',
  ],
  [['predict', 'a.jpg', '--model', 'a', '--scores', '--top', '2'], 'cannot be used with'],
  [['predict', 'a.jpg', '--model', 'a', '--json', '--format', 'csv'], 'cannot be used with'],
  [['predict', 'a.jpg'], '--model'],
  [['predict', 'a.jpg', '--model', 'a', '--threshold', '1.5'], 'It must be a number from 0 to 1.'],
  [['predict', 'a.jpg', '--model', 'a', '--top', 'three'], 'It must be a whole number from 1.'],
  [['predict', 'a.jpg', '--model', 'a', '--top', '3', '--threshold', '0.5'], 'cannot be used with'],
])('refuses %j', async (argv, said) => {
  const { status, out, err } = await polytagEval(...argv);
  expect([status, out]).toEqual([2, '']);
  expect(err).toContain(said);
});
