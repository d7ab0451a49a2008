// The list of all errors, docs/errors.md, made of the sources:
//   node tools/docs/errors.mjs            writes it
//   node tools/docs/errors.mjs --check    ends with 1 where a code that can be thrown is not in it, one that cannot is, or one
//                                         has no cause or no cure
//
// Cause and cure are message and hint as they stand at each throw, with … for what is put in. Where a throw builds them from
// elsewhere, error-words.json has them.
import { readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { errorCodes, exitStatuses } from './error-codes.mjs';

const file = resolve(import.meta.dirname, '../../docs/errors.md');
const words = JSON.parse(readFileSync(join(import.meta.dirname, 'error-words.json'), 'utf8'));

/** Most causes and cures of one code that are told. */
const MOST = 4;

/** What each exit status means; those of classes are in `PolytagError`. */
const MEANINGS = {
  UsageError: 'a bad option, config key or value; nothing was read or written',
  DataError: 'a label file or image cannot be used. Commands that continue past bad images also end with it',
  CheckpointError: 'weights or a model folder cannot be downloaded or read, or do not match the model',
  EngineError: 'the tensor engine is missing or out of memory',
  DivergenceError:
    'training produced NaN or infinity (the last good checkpoint is kept), or a model outputs NaN as scores',
  FileError: 'the operating system refused access to a file or folder: no permission, disk full',
  PartError:
    'a head, backbone, loss, sink or batch source of your own breaks its contract or throws an error',
  QueueError: 'the broker of the queue cannot be reached, or jobs failed on every attempt',
  InterruptedError: 'stopped by SIGINT, SIGTERM or SIGHUP, after saving',
};

const TITLES = {
  usage: 'Options, configs and calls',
  data: 'Images and label files',
  checkpoint: 'Weights and model folders',
  download: 'Downloads',
  engine: 'Engines',
  part: 'Your own parts',
  training: 'Training',
  queue: 'Jobs and queues',
  model: 'Scores',
  metrics: 'Metrics',
  predict: 'Prediction',
  embed: 'Feature vectors',
  serve: 'The server',
  file: 'Operating system',
};

const cell = (text) =>
  text.replaceAll('|', '\\|').replaceAll('<', '&lt;').replaceAll('*', '\\*').replaceAll('\n', ' ');

/** The texts of a code, told in words of our own where there are some. */
function told(own, found) {
  if (own !== undefined) return [own];
  return [...found].slice(0, MOST);
}

/** @returns every code with its class, causes and cures, by its first word */
function listed() {
  const { codes, unclear } = errorCodes();
  const groups = new Map();
  for (const [code, { classes, causes, cures }] of [...codes].sort(([a], [b]) => (a < b ? -1 : 1))) {
    const group = code.split('/', 1)[0];
    const row = {
      code,
      classes: [...classes],
      causes: told(words[code]?.cause, causes),
      cures: told(words[code]?.cure, cures),
    };
    groups.set(group, [...(groups.get(group) ?? []), row]);
  }
  return { groups, unclear };
}

function page(groups) {
  const statuses = exitStatuses();
  const rows = [...statuses].map(([name, status]) => `| ${status} | \`${name}\` | ${MEANINGS[name]} |`);
  const sections = Object.keys(TITLES)
    .filter((group) => groups.has(group))
    .map((group) => {
      const table = groups.get(group).map(({ code, classes, causes, cures }) => {
        const status = classes.map((name) => statuses.get(name)).join(', ');
        return `| <a id="${code.replace('/', '-')}"></a>\`${code}\` | ${status} | ${causes.map(cell).join('<br>')} | ${cures.map(cell).join('<br>')} |`;
      });
      const system =
        group === 'file'
          ? "\nAny other word after `file/` is the system's own, such as `file/EACCES` (no permission), `file/ENOSPC` (disk full), `file/EROFS` (read-only), `file/EMFILE` (too many open files): the message names the file, the hint says what to do. Status 7.\n"
          : '';
      return `## ${TITLES[group]}\n${system}\n| code | status | cause | what to do |\n| --- | --- | --- | --- |\n${table.join('\n')}\n`;
    });
  return `# Errors

<!-- Written by \`node tools/docs/errors.mjs\` from the sources: change it there. -->

Every error has a stable code, a message (what went wrong, and where) and a hint (what to do). On the command line it also sets the exit status; over HTTP (\`polytag-eval serve\`) it is JSON with \`code\`, \`message\` and \`hint\`; in a program it is an object of the class below, of \`@polytag/core\`, with \`code\`, \`message\`, \`hint\` and \`exitCode\`.

| status | class | meaning |
| --- | --- | --- |
| 0 | | it is done |
| 1 | any other | internal error: please report it with the output |
${rows.join('\n')}

Below, … and ‹words› are placeholders for values. A code with several causes shows the first four.

${sections.join('\n')}`;
}

const { groups, unclear } = listed();
const rows = [...groups.values()].flat();
const problems = [
  ...unclear.map((place) => `${place}, which cannot be told from the source: write it out`),
  ...[...groups.keys()]
    .filter((group) => !(group in TITLES))
    .map((group) => `${group}/…: tools/docs/errors.mjs has no title for these codes`),
  ...rows
    .filter(({ causes }) => causes.length === 0)
    .map(({ code }) => `${code} has no cause: add it to tools/docs/error-words.json`),
  ...rows
    .filter(({ cures }) => cures.length === 0)
    .map(
      ({ code }) => `${code} has no cure: give its throw a hint, or add one to tools/docs/error-words.json`,
    ),
  ...Object.keys(words)
    .filter((code) => !rows.some((row) => row.code === code))
    .map((code) => `tools/docs/error-words.json: nothing throws ${code}`),
];
if (process.argv.includes('--check')) {
  const written = new Set(
    [...readFileSync(file, 'utf8').matchAll(/<\/a>`([^`]+)`/g)].map(([, code]) => code),
  );
  const codes = new Set(rows.map(({ code }) => code));
  problems.push(
    ...[...codes]
      .filter((code) => !written.has(code))
      .map((code) => `docs/errors.md lacks ${code}: run node tools/docs/errors.mjs`),
    ...[...written]
      .filter((code) => !codes.has(code))
      .map((code) => `docs/errors.md has ${code}, which nothing throws: run node tools/docs/errors.mjs`),
  );
  if (problems.length === 0) console.log(`${codes.size} error codes, each with cause and cure`);
} else {
  writeFileSync(file, page(groups));
  console.log(`${rows.length} error codes in docs/errors.md`);
}
for (const problem of problems) console.error(problem);
process.exitCode = problems.length === 0 ? 0 : 1;
