import fc from 'fast-check';
import { configText } from './config-file.js';
import { parseYaml, YamlFault } from './parse-yaml.js';

it.each([
  // YAML 1.2.2, section 10.3 (core schema), and quotes.
  ['a: "2e5"', { a: '2e5' }],
  ["a: '123456e1'\nb: [\"1e2\", '2e2']", { a: '123456e1', b: ['1e2', '2e2'] }],
  ['a: 5e-4\nb: 2e5\nc: 1.5E+3\nd: 0x1F\ne: -.inf', { a: 5e-4, b: 2e5, c: 1500, d: 31, e: -Infinity }],
  ['a: "true"\nb: yes\nc: "null"\nd: ~\ne: ""', { a: 'true', b: 'yes', c: 'null', d: null, e: '' }],
  ['%YAML 1.1\n---\na: no\nb: 1:30\nc: 2001-01-01', { a: 'no', b: '1:30', c: '2001-01-01' }],
  ['a: |\n  2e5\nb: >-\n  2e5', { a: '2e5\n', b: '2e5' }],
  ['a: !!str 2e5\nb: !!float "2e5"', { a: '2e5', b: 2e5 }],
  ['{"a": "2e5", "b": [1, "x"]}', { a: '2e5', b: [1, 'x'] }],
  [
    'a: &x {b: [1, 2]}\nc: *x\nd: [*x, *x]',
    { a: { b: [1, 2] }, c: { b: [1, 2] }, d: [{ b: [1, 2] }, { b: [1, 2] }] },
  ],
  ['a: &x 1\nb: &x 2\nc: *x', { a: 1, b: 2, c: 2 }],
  ['a: &x {b: 1, c: 2}\nd: {<<: *x, c: 3}', { a: { b: 1, c: 2 }, d: { b: 1, c: 3 } }],
  ['a: &x {b: 1}\nd:\n  <<: [*x, {b: 2, c: 2}]\n  e: 1', { a: { b: 1 }, d: { b: 1, c: 2, e: 1 } }],
  ['"<<": 1', { '<<': 1 }],
  ['007: a\n1.50: b\ntrue: c', { '007': 'a', '1.50': 'b', true: 'c' }],
  ['a: 1\r\nb: 2\r\n', { a: 1, b: 2 }],
  ['', null],
  ['constructor: 1\nprototype: 2', { constructor: 1, prototype: 2 }],
])('reads %j', (text, value) => {
  expect(parseYaml(text)).toEqual(value);
});

it('gives every alias a value of its own', () => {
  const { a, b } = parseYaml('a: &x {c: 1}\nb: *x') as { a: { c: number }; b: { c: number } };
  a.c = 2;
  expect(b.c).toBe(1);
});

const bomb = ['a: &a [x,x,x,x,x,x,x,x,x,x]'];
for (const [name, before] of ['ba', 'cb', 'dc', 'ed', 'fe', 'gf', 'hg'])
  bomb.push(`${name}: &${name} [${Array(10).fill(`*${before}`).join(',')}]`);

it.each<[string, string, number, number, RegExp]>([
  [
    'an unknown alias',
    'a: 1\nweights: *best.pth',
    2,
    10,
    /\*best\.pth refers to &best\.pth, which is not defined above/,
  ],
  ['an alias before its anchor', 'a: *x\nb: &x 1', 1, 4, /not defined above/],
  ['an alias to what it stands in', 'a: &x [1, *x]', 1, 11, /\*x is inside &x itself/],
  ['a group that holds itself', 'a: &x\n  b: {c: *x}', 2, 10, /inside/],
  ['a merge of itself', 'a: &x {<<: *x}', 1, 12, /inside/],
  ['aliases that explode', bomb.join('\n'), 4, 17, /more than 5000 values/],
  [
    'merges that explode',
    `a: &a {${Array.from({ length: 400 }, (_, i) => `k${i}: 1`)}}\nb: [${Array(400).fill('{<<: *a}')}]`,
    2,
    64,
    /more than 5000/,
  ],
  ['a key twice', 'a: 1\nb: 2\na: 3', 3, 1, /unique/],
  ['a key twice, as number and text', '1: a\n"1": b', 2, 1, /the key "1" occurs twice/],
  ['two documents', 'a: 1\n---\nb: 2', 2, 1, /more than one document/],
  ['a tag of JavaScript', 'a: !!js/function "x"', 1, 4, /Unresolved tag: tag:yaml\.org,2002:js\/function$/],
  ['a tag of its own', 'a:\n - !mine x', 2, 4, /Unresolved tag: !mine$/],
  ['bytes', 'a: !!binary aGk=', 1, 4, /Unresolved tag/],
  ['the key __proto__', 'a:\n  __proto__: {b: 1}', 2, 3, /the key "__proto__" is not allowed/],
  ['the key __proto__ in quotes', '{"a": {"__proto__": 1}}', 1, 8, /__proto__/],
  ['the key __proto__ by an alias', 'a: &p __proto__\n*p : 1', 2, 1, /__proto__/],
  ['a merge of a plain value', 'a: {<<: 1}', 1, 5, /group of keys after <</],
  ['a list as a key', '? [a, b]\n: 1', 1, 3, /expected a word as the key/],
  ['a bracket that does not end', 'a: [1,\nb: 2', 2, 1, /./],
  ['a tab as indent', 'a:\n\tb: 1', 2, 1, /[Tt]ab/],
])('refuses %s with its place', (_, text, line, column, message) => {
  let fault: unknown;
  try {
    parseYaml(text);
  } catch (error) {
    fault = error;
  }
  expect(fault).toBeInstanceOf(YamlFault);
  expect(fault).toMatchObject({ line, column, message: expect.stringMatching(message) });
});

it.each([
  ['{space:logits}', 2, '{space: logits}'],
  ['{gamma: 1, backbone:0.02, head:1}', 12, '{backbone: 0.02, head: 1}'],
  ['epochs: 1\nseed:5', 1, 'seed: 5'],
  ['epochs:5\nseed: 1', 1, 'epochs: 5'],
])('says where %j needs a space after the colon', (text, column, hint) => {
  expect(() => parseYaml(text)).toThrow(
    expect.objectContaining({ column, hint: `Write a space after the colon: ${hint}.` }),
  );
});

it.each(['{http://example.org/a}', '{c:\\a}', '{a:}', '{"a":1}', '{cat}', '[a:1]'])('reads %s', (text) => {
  expect(() => parseYaml(text)).not.toThrow();
});

it.each(['[', '{a: ', '- ', '? ', '[{"a":'])('refuses to nest %j without end', (open) => {
  for (const times of [200, 2000, 5000]) expect(() => parseYaml(`${open.repeat(times)}1`)).toThrow(YamlFault);
  expect(() => parseYaml('['.repeat(200) + ']'.repeat(200))).toThrow('nested too deeply');
});

it.each(['\n', '\r\n', '\r'])('reads lines that end with %j', (end) => {
  expect(parseYaml(['a: 1', 'b:', '  c: |', '    x', '    y', ''].join(end))).toEqual({
    a: 1,
    b: { c: 'x\ny\n' },
  });
  expect(() => parseYaml(['a: 1', 'a: 2'].join(end))).toThrow(
    expect.objectContaining({ line: 2, column: 1 }),
  );
});

it('quotes at most a line of a scalar', () => {
  for (const text of [`a: *${'x'.repeat(1e6)}`, `a: !${'x'.repeat(1e6)} 1`, `a: 1\na${'y'.repeat(1e6)} b`]) {
    try {
      parseYaml(text);
      throw new Error('was read');
    } catch (error) {
      expect(error).toBeInstanceOf(YamlFault);
      expect((error as Error).message.length).toBeLessThan(400);
    }
  }
});

const strings = fc.oneof(
  fc.string({ unit: 'binary' }),
  fc.string({
    unit: fc.constantFrom(...' \t\r\n:-#*&!|>\'"%@`{}[],?~.0159eExo+<=\\\u0085\u2028\ufeff\ud83dNaNtruyls'),
  }),
  fc.tuple(fc.nat(), fc.constantFrom('e', 'E', '.', ':', '_'), fc.nat()).map((parts) => parts.join('')),
  fc.stringMatching(/^[0-9a-f]{8}$/),
);

it('reads back every text that is written', () => {
  fc.assert(
    fc.property(strings, strings, (text, other) => {
      fc.pre(other !== '__proto__');
      const values = { a: text, list: [text, other], [`k${other}`]: { [other]: text } };
      expect(parseYaml(configText(values))).toEqual(values);
    }),
    { numRuns: 1000 },
  );
});

it('reads back keys and texts that look like a merge', () => {
  const values = { '<<': null, list: [{ '<<': { a: '<<' } }, '<<'] };
  expect(parseYaml(configText(values))).toEqual(values);
});

it('reads back every value that JSON has', () => {
  fc.assert(
    fc.property(fc.jsonValue(), (value) => {
      const plain: unknown = JSON.parse(JSON.stringify(value));
      fc.pre(!JSON.stringify(plain).includes('__proto__'));
      expect(parseYaml(configText(plain))).toEqual(plain);
    }),
    { numRuns: 1000 },
  );
});
