import { PassThrough } from 'node:stream';
import type { Command } from 'commander';
import { polytagTrain } from './project.fixture.js';
import { trainerProgram } from './program.js';

/** One line for each argument and each option that help shows: flags, whether it must be given, choices, default. */
function surface(command: Command): string[] {
  const shown = command.options.filter(({ hidden }) => !hidden);
  const options = shown.map((option) =>
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
    'find-lr --trials <n>',
    'find-lr --epochs <n>',
    'find-lr --out <folder> | default "runs/find-lr"',
    'find-lr --set <key=value> | default []',
    'find-lr --resume',
    'import --config <file> | required',
    'import --out <folder> | required',
    'import --set <key=value> | default []',
    'inspect data file',
    'inspect data --quick',
    'inspect data --max-pixels <n>',
    'inspect config file',
    'inspect config --set <key=value> | default []',
    'inspect config --quick',
    'inspect config --max-pixels <n>',
    'inspect network file',
    'inspect network --set <key=value> | default []',
    'inspect weights file',
    'inspect images file',
    'inspect images --set <key=value> | default []',
    'inspect images --out <file> | default "augmented.png"',
    'prepare coco --from <folder> | required',
    'prepare coco --images <folder>',
    'prepare coco --out <folder>',
    'prepare coco --skip-missing',
    'prepare coco --normalise-labels',
    'prepare coco --encoding <name>',
    'prepare coco --force',
    'prepare coco --train <split> | default "train2014"',
    'prepare coco --val <split> | default "val2014"',
    'prepare coco --no-val',
    'prepare coco --keep-unlabelled',
    'prepare voc --from <folder> | required',
    'prepare voc --images <folder>',
    'prepare voc --out <folder>',
    'prepare voc --skip-missing',
    'prepare voc --normalise-labels',
    'prepare voc --encoding <name>',
    'prepare voc --force',
    'prepare voc --train <split> | default "trainval"',
    'prepare voc --val <split> | default "test"',
    'prepare voc --no-val',
    'prepare voc --difficult <what> | one of keep, ignore | default "keep"',
    'prepare nus-wide --from <folder> | required',
    'prepare nus-wide --images <folder>',
    'prepare nus-wide --out <folder>',
    'prepare nus-wide --skip-missing',
    'prepare nus-wide --normalise-labels',
    'prepare nus-wide --encoding <name>',
    'prepare nus-wide --force',
    'prepare nus-wide --distribution <which> | one of asl, original',
    'prepare vg500 --from <folder> | required',
    'prepare vg500 --images <folder>',
    'prepare vg500 --out <folder>',
    'prepare vg500 --skip-missing',
    'prepare vg500 --normalise-labels',
    'prepare vg500 --encoding <name>',
    'prepare vg500 --force',
    'prepare csv --from <folder> | required',
    'prepare csv --images <folder>',
    'prepare csv --out <folder>',
    'prepare csv --skip-missing',
    'prepare csv --normalise-labels',
    'prepare csv --encoding <name>',
    'prepare csv --force',
    'prepare csv --file <file> | default []',
    'prepare csv --layout <how> | one of list, long, one-hot',
    'prepare csv --file-column <name>',
    'prepare csv --labels-column <name>',
    'prepare csv --split-column <name>',
    'prepare csv --separator <text>',
    'prepare csv --delimiter <text>',
    'prepare csv --extension <ending>',
    'prepare csv --unknown <as> | one of unknown, absent, present',
    'prepare csv --empty <as> | one of unknown, absent, present',
    'prepare json --from <folder> | required | default "."',
    'prepare json --images <folder>',
    'prepare json --out <folder>',
    'prepare json --skip-missing',
    'prepare json --normalise-labels',
    'prepare json --encoding <name>',
    'prepare json --force',
    'prepare json --file <file> | default []',
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
