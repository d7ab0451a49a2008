// Writes docs/reference/configuration.md and docs/reference/commands.md from the code:
//   node tools/docs/reference.mjs            after `npm run build`
//   node tools/docs/reference.mjs --check    writes nothing, and ends with 1 when a file is not what would be written
//
// Types, defaults and limits are those of the zod schemas, meanings the comments above their keys; commands, options and
// texts are those of the two programs.
import { readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { PassThrough } from 'node:stream';
import * as z from 'zod';
import { backboneDefinitions } from '@polytag/backbones';
import { headDefinitions } from '@polytag/heads';
import { lossDefinitions } from '@polytag/losses';
import { runConfigSchema } from '../../apps/trainer/dist/config/run-config.js';
import { trainerProgram } from '../../apps/trainer/dist/program.js';
import { evaluatorProgram } from '../../apps/evaluator/dist/program.js';
import { schemaComments } from './schema-comments.mjs';

const root = resolve(import.meta.dirname, '../..');
const comments = schemaComments(root, [
  'apps/trainer/src/config',
  'packages/training/src/settings',
  'packages/datasets/src/images/augment',
  'packages/model/src',
  'packages/backbones/src',
  'packages/heads/src',
  'packages/losses/src',
]);
const missing = [];

function configuration() {
  const config = jsonSchema(runConfigSchema);
  const part = { name: 'any' };
  const parsed = runConfigSchema.parse({ model: { backbone: part, head: part } });
  const { data, model, log, training, mutual } = config.properties;
  const top = {
    ...config,
    properties: omit(config.properties, ['data', 'model', 'log', 'training', 'mutual']),
  };
  const sections = [
    section('Top level', '', top, config.properties, omit(parsed, ['loss'])),
    section(
      'data',
      'Photographs, labels, and how images are prepared.',
      objectIn(data),
      undefined,
      parsed.data,
    ),
    section('model', 'The network and the weights it starts from.', objectIn(model)),
    section(
      'training',
      'How to train. The defaults are the settings of the paper for COCO.',
      objectIn(training),
      undefined,
      parsed.training,
    ),
    section('log', '', objectIn(log)),
    section(
      'mutual',
      'Models that learn together. An entry of `models` has the keys of `model`, and `training` with those settings that may differ.',
      objectIn(mutual),
      undefined,
      parsed.mutual,
    ),
  ];
  const parts = [
    ['Backbones', 'backbone', backboneDefinitions],
    ['Heads', 'head', headDefinitions],
    ['Losses', 'loss', lossDefinitions],
  ].flatMap(([title, kind, definitions]) => [`## ${title}`, ...sameOptions(kind, definitions)]);
  return [
    '# Configuration',
    'This page is generated from the code: `node tools/docs/reference.mjs`.',
    'A config is a YAML file that describes one run of `polytag-train fit`. Every key has a default except `model`. `polytag-train init` writes a config with every default; `--set training.epochs=5` overrides one value on the command line. Paths are relative to the config file, `data.train` and `data.val` to `data.root`. A key that is misspelt is refused, and the error names the nearest valid one.',
    '```yaml\n# smallest.yaml\ndata: { train: train.json, val: val.json }\nmodel:\n  backbone: { name: mobilenet-v3-small }\n  head: { name: linear, options: { space: cosines, scale: 23 } }\n```',
    ...sections.flat(),
    ...parts,
  ].join('\n\n');
}

/** Parts of one kind; those with the same options have one table. */
function sameOptions(kind, definitions) {
  const groups = new Map();
  for (const { name, options } of definitions) {
    const schema = jsonSchema(options);
    const rows = table(schema);
    const key = rows.join('\n');
    groups.set(key, [...(groups.get(key) ?? []), name]);
  }
  return [...groups].flatMap(([rows, names]) => [
    `### ${names
      .map((name) => `${kind} \`${name}\``)
      .join(', ')
      .replaceAll(`, ${kind} `, ', ')}`,
    rows === '' ? 'No options.' : rows,
  ]);
}

function section(title, about, schema, siblings = schema.properties, value = {}) {
  const rows = table(schema, Object.keys(siblings), value);
  return [`## ${title}`, about, rows.join('\n')].filter((text) => text !== '');
}

/** Rows of a table of keys, of objects inside them too, by the path from the section on. */
function table(schema, siblings = Object.keys(schema.properties), value = {}) {
  const rows = keyRows(schema, '', siblings, value);
  if (rows.length === 0) return [];
  return ['| key | value | default | meaning |', '| --- | --- | --- | --- |', ...rows];
}

function keyRows(schema, path, siblings, parsed) {
  return Object.entries(schema.properties).flatMap(([key, value]) => {
    const name = `${path}${key}`;
    const filledIn = parsed?.[key];
    const byDefault = defaultText(value, filledIn, schema.required?.includes(key));
    const row = `| \`${name}\` | ${typeOf(value)} | ${byDefault} | ${meaning(key, siblings, value, name)} |`;
    const below = inner(value).flatMap(({ label, object, keys }) =>
      keyRows(object, `${name}.`, keys, filledIn).map((line) =>
        label ? line.replace('| `', `| ${label}: \``) : line,
      ),
    );
    return [row, ...below];
  });
}

/** Objects that a key may be, each with the name that tells it from the others. */
function inner(value) {
  const objects = choicesOf(value).filter(({ properties }) => properties);
  return objects
    .map((object) => {
      const tag = tagOf(object);
      const properties = tag ? omit(object.properties, [tag.key]) : object.properties;
      const label = tag && objects.length > 1 ? `\`${tag.is}\`` : '';
      return { label, object: { ...object, properties }, keys: Object.keys(object.properties) };
    })
    .filter(({ object }) => Object.keys(object.properties).length > 0 && !isPart(object));
}

/** What a key may be. */
function choicesOf(value) {
  return (value.anyOf ?? value.oneOf)?.flatMap(choicesOf) ?? [value];
}

/** `name: sgd`, which tells an object from the others that a key may be. */
function tagOf({ properties }) {
  const key = ['name', 'mode'].find((one) => properties?.[one]?.const !== undefined);
  return key === undefined ? undefined : { key, is: properties[key].const };
}

/** `{ name, options }` and `{ module, options }`: the tables of parts have what is in them. */
const isPart = ({ properties }) =>
  'options' in properties && ('name' in properties || 'module' in properties);

function meaning(key, siblings, value, name) {
  const found = comments.keyComment(key, siblings);
  // The column of defaults has it; a default that depends on something stays.
  const shown = value.default !== undefined;
  const own = (found?.own ?? '')
    .replace(shown ? /\s*Default `?(?:\[[^\]]*\]|[^\s.:;,]+(?:\.\d+)?)`?\.(?=\s|$)/ : /$^/, '')
    .trim();
  const text = own || found?.of || '';
  if (text === '' && value.const === undefined) missing.push(name);
  return linked(text).replaceAll('|', '\\|');
}

/** `docs/method.md#sam` as a link. */
const linked = (text) =>
  text.replace(/\{@link (\w+)\}/g, '`$1`').replace(/`?docs\/([\w-]+)(\.md(?:#[\w-]+)?)`?/g, '[$1](../$1$2)');

function typeOf(value) {
  if (value.const !== undefined)
    return value.const === null ? '`null`' : `\`${JSON.stringify(value.const).replaceAll('"', '')}\``;
  if (value.enum) return listed(value.enum.map((one) => `\`${one}\``));
  if (value.anyOf ?? value.oneOf) {
    const names = choicesOf(value).flatMap((one) => {
      const tag = tagOf(one);
      return one.enum ? one.enum.map((name) => `\`${name}\``) : [tag ? `\`${tag.is}\`` : typeOf(one)];
    });
    return listed([...new Set(names)]);
  }
  if (Array.isArray(value.type)) return listed(value.type.map((type) => typeOf({ ...value, type })));
  if (value.type === 'array')
    return value.prefixItems
      ? `list of ${value.prefixItems.length} numbers`
      : `list of ${typeOf(value.items ?? {})}`;
  if (value.type === 'object') return isPart({ properties: value.properties ?? {} }) ? 'part' : 'settings';
  if (value.type === 'integer' || value.type === 'number')
    return `${value.type === 'integer' ? 'whole number' : 'number'}${limits(value)}`;
  if (value.type === 'boolean') return '`true` or `false`';
  if (value.type === 'null') return '`null`';
  return value.type === 'string' ? 'text' : 'any';
}

function limits({ minimum, maximum, exclusiveMinimum, exclusiveMaximum }) {
  const far = (n) => n === undefined || Math.abs(n) === Number.MAX_SAFE_INTEGER;
  const parts = [
    far(minimum) ? '' : `≥ ${minimum}`,
    far(exclusiveMinimum) ? '' : `> ${exclusiveMinimum}`,
    far(maximum) ? '' : `≤ ${maximum}`,
    far(exclusiveMaximum) ? '' : `< ${exclusiveMaximum}`,
  ].filter((part) => part !== '');
  return parts.length === 0 ? '' : ` ${parts.join(', ')}`;
}

/** `a`, `b` or `c` */
function listed(names) {
  return names.length < 2 ? names.join('') : `${names.slice(0, -1).join(', ')} or ${names.at(-1)}`;
}

/** @param filledIn what parsing a config without the key gives: of settings that a schema changes it is all that is known */
function defaultText(value, filledIn, required) {
  const is =
    value.default ??
    (typeof filledIn === 'object' && filledIn !== null && value.properties ? undefined : filledIn);
  if (is === undefined) return required ? 'required' : '';
  const text = JSON.stringify(is, (_, one) =>
    typeof one === 'number' && !Number.isInteger(one) ? Number(one.toPrecision(4)) : one,
  );
  if (text === '{}' && inner(value).length > 0) return 'as below';
  if (text.length > 60) return 'all';
  const yaml = text
    .replaceAll('"', '')
    .replaceAll(/[{:,](?=[^}\s])/g, '$& ')
    .replaceAll(/(?<=[^{\s])\}/g, ' }');
  return `\`${yaml}\``;
}

const jsonSchema = (schema) =>
  z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any', reused: 'inline' });

/** The object that a section is: of one with a prefault, what is parsed. */
const objectIn = (schema) =>
  schema.properties
    ? schema
    : (schema.allOf?.find(({ properties }) => properties) ??
      schema.anyOf?.find(({ properties }) => properties));

function omit(object, keys) {
  return Object.fromEntries(Object.entries(object).filter(([key]) => !keys.includes(key)));
}

function commands() {
  const streams = { out: new PassThrough(), err: new PassThrough() };
  const programs = [trainerProgram(streams), evaluatorProgram(streams)];
  return [
    '# Commands',
    'This page is generated from the code: `node tools/docs/reference.mjs`. `--help` prints the same.',
    ...programs.flatMap((program) => [
      `## ${program.name()}`,
      program.description(),
      ...program.commands.flatMap((command) => commandText(command, program.name(), 3)),
    ]),
    '## Exit status',
    exitStatus(),
  ].join('\n\n');
}

function commandText(command, parent, level) {
  const name = `${parent} ${command.name()}`;
  const rows = [
    ...command.registeredArguments.map((argument) => [
      argument.variadic ? `${argument.name()}…` : argument.name(),
      argument.description ?? '',
      argument.required ? 'required' : '',
    ]),
    ...command.options
      .filter(({ hidden }) => !hidden)
      .map((option) => [
        option.flags,
        optionText(option),
        option.mandatory ? 'required' : optionDefault(option),
      ]),
  ];
  return [
    `${'#'.repeat(level)} ${name}`,
    sentence(command.description()),
    ...(rows.length === 0
      ? []
      : [
          [
            '| option | meaning | default |',
            '| --- | --- | --- |',
            ...rows.map((row) => `| \`${row[0]}\` | ${escaped(row[1])} | ${row[2]} |`),
          ].join('\n'),
        ]),
    ...extra(command),
    ...command.commands.flatMap((one) => commandText(one, name, level + 1)),
  ];
}

const sentence = (text) => `${text[0].toUpperCase()}${text.slice(1)}${/[.!?]$/.test(text) ? '' : '.'}`;
/** Angle brackets would be HTML. */
const escaped = (text) => text.replaceAll('|', '\\|').replaceAll('<', '\\<').replaceAll('{{', '{ {');

const optionText = ({ description, argChoices }) =>
  argChoices && !argChoices.every((one) => description.includes(one))
    ? `${description}: ${argChoices.map((one) => `\`${one}\``).join(', ')}`
    : description;

function optionDefault({ defaultValue }) {
  return defaultValue === undefined ||
    (Array.isArray(defaultValue) && defaultValue.length === 0) ||
    defaultValue === false
    ? ''
    : `\`${defaultValue}\``;
}

/** What the help says after the options. */
function extra(command) {
  let text = '';
  command.configureOutput({ writeOut: (more) => (text += more), getOutHelpWidth: () => 100 });
  command.outputHelp();
  const after = text.slice(text.indexOf(command.helpInformation()) + command.helpInformation().length).trim();
  return after === '' ? [] : ['```text\n' + after + '\n```'];
}

/** The table of exit statuses in the comment of `PolytagError`. */
function exitStatus() {
  const text = readFileSync(join(root, 'packages/core/src/errors/errors.ts'), 'utf8');
  const rows = [...text.matchAll(/^ \* \| *(\d+) *\| *(.*?) *\| *(.*?) *\|$/gm)];
  return [
    '| status | error class | meaning |',
    '| --- | --- | --- |',
    '| 0 | | done |',
    ...rows.map(([, status, name, about]) => `| ${status} | ${name} | ${about} |`),
  ].join('\n');
}

const pages = {
  'docs/reference/configuration.md': configuration(),
  'docs/reference/commands.md': commands(),
};
let stale = 0;
for (const [path, text] of Object.entries(pages)) {
  const file = join(root, path);
  const page = `${text}\n`;
  if (!process.argv.includes('--check')) writeFileSync(file, page);
  else if (readFileSync(file, 'utf8') !== page) {
    console.error(`${path} is not what the code says: run \`node tools/docs/reference.mjs\``);
    stale++;
  }
}
if (missing.length > 0) console.error(`keys without a comment above them: ${missing.join(', ')}`);
console.log(stale + missing.length === 0 ? 'the reference is what the code says' : 'the reference is wrong');
process.exitCode = stale + missing.length === 0 ? 0 : 1;
