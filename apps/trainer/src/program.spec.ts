import { PassThrough } from 'node:stream';
import type { Command } from 'commander';
import { polytagTrain } from './project.fixture.js';
import { trainerProgram } from './program.js';

/** One line for each argument and option: flags, whether it must be given, choices, default. */
function surface(command: Command): string[] {
  const options = command.options.map((option) =>
    [
      option.flags,
      ...(option.mandatory ? ['required'] : []),
      ...(option.argChoices ? [`one of ${option.argChoices.join(', ')}`] : []),
      ...(option.defaultValue === undefined ? [] : [`default ${JSON.stringify(option.defaultValue)}`]),
    ].join(' | '),
  );
  const inner = command.commands.flatMap((one) => surface(one).map((line) => `${one.name()} ${line}`));
  return [...command.registeredArguments.map((argument) => argument.name()), ...options, ...inner];
}

it('has these commands, options and defaults', () => {
  const stream = new PassThrough();
  expect(surface(trainerProgram({ out: stream, err: stream }))).toEqual([
    '-V, --version',
    'fit --config <file>',
    'fit --train <file>',
    'fit --val <file>',
    'fit --recipe <name> | one of scratch, features',
    'fit --out <folder>',
    'fit --set <key=value> | default []',
    'fit --resume',
    'fit --dry-run',
    'fit --classes <n>',
    'fit --images <n>',
    'fit --val-images <n>',
    'find-lr --config <file> | required',
    'find-lr --mode <mode> | one of range, tpe',
    'find-lr --out <folder> | default "runs/find-lr"',
    'find-lr --set <key=value> | default []',
    'find-lr --resume',
    'import --config <file> | required',
    'import --out <folder> | required',
    'import --set <key=value> | default []',
    'inspect --data <file>',
    'inspect --config <file>',
    'inspect --set <key=value> | default []',
    'inspect --network',
    'inspect --pretrained',
    'inspect --augmented',
    'inspect --out <file> | default "augmented.png"',
    ...[
      [
        'coco',
        '--train <split> | default "train2014"',
        '--val <split> | default "val2014"',
        '--no-val',
        '--keep-unlabelled',
      ],
      [
        'voc',
        '--train <split> | default "trainval"',
        '--val <split> | default "test"',
        '--no-val',
        '--difficult <what> | one of keep, ignore | default "keep"',
      ],
      ['nus-wide', '--distribution <which> | one of asl, original'],
      ['vg500'],
      [
        'csv',
        '--file <file> | default []',
        '--file-column <name>',
        '--labels-column <name>',
        '--split-column <name>',
        '--separator <text> | default "|"',
        '--delimiter <text> | default ","',
      ],
    ].flatMap(([format, ...own]) =>
      [
        ...['--from <folder> | required', '--images <folder>', '--out <folder>', '--skip-missing', '--force'],
        ...own,
      ].map((option) => `prepare ${format} ${option}`),
    ),
    'init --train <file> | required',
    'init --val <file>',
    'init --out <file> | default "polytag.yaml"',
    'init --recipe <name> | one of scratch, features | default "scratch"',
  ]);
});

it('writes help and version to stdout', async () => {
  expect(await polytagTrain('--version')).toEqual({ status: 0, out: '0.1.0\n', err: '' });
  const { status, out, err } = await polytagTrain('fit', '--help');
  expect([status, err]).toEqual([0, '']);
  expect(out).toContain('--resume');
});

it('shows its commands when none is given', async () => {
  const { status, out, err } = await polytagTrain();
  expect([status, out]).toEqual([2, '']);
  expect(err).toContain('inspect');
});
