import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { UsageError } from '@polytag/core';
import { readConfigFile } from './config-file.js';
import { setOption } from './set-option.js';

let folder: string;
beforeEach(async () => void (folder = await mkdtemp(join(tmpdir(), 'polytag-config-'))));
afterEach(() => rm(folder, { recursive: true }));

const read = async (text: string) => {
  await writeFile(join(folder, 'a.yaml'), text);
  return readConfigFile(join(folder, 'a.yaml'));
};

it('reads numbers in every notation as numbers', async () => {
  expect(await read('a: 5e-4\nb: 1.5e3\nc: [1e-5]\nd: 007x')).toEqual({
    a: 5e-4,
    b: 1500,
    c: [1e-5],
    d: '007x',
  });
});

it('names line and column of a syntax error', async () => {
  await expect(read('a: 1\nb: [1, 2')).rejects.toMatchObject({
    code: 'usage/config-syntax',
    message: expect.stringMatching(/a\.yaml:2:\d+:/),
  });
});

it('says when the file is missing', async () => {
  await expect(readConfigFile(join(folder, 'none.yaml'))).rejects.toMatchObject({
    code: 'usage/config-missing',
    exitCode: 2,
  });
});

it('sets nested values without changing the config given', () => {
  const config = { training: { epochs: 3, sam: false } };
  expect(setOption(config, 'training.epochs=5')).toEqual({ training: { epochs: 5, sam: false } });
  expect(setOption(config, 'data.root=/a=b')).toEqual({ ...config, data: { root: '/a=b' } });
  expect(setOption(config, 'training.sam={rho: 0.05}')).toEqual({
    training: { epochs: 3, sam: { rho: 0.05 } },
  });
  expect(config).toEqual({ training: { epochs: 3, sam: false } });
});

it('tells how a group is set that is switched off, in a form that works', () => {
  const config = { training: { sam: false, epochs: 3 } };
  const refusalOf = (assignment: string) => {
    try {
      setOption(config, assignment);
    } catch (error) {
      return error as UsageError;
    }
    throw new Error('not refused');
  };
  const { code, hint } = refusalOf('training.sam.rho=0.05');
  expect([code, hint]).toEqual(['usage/set', "Set it as a whole: --set 'training.sam={rho: 0.05}'."]);
  expect(setOption(config, hint!.match(/'(.*)'/)![1])).toEqual({
    training: { sam: { rho: 0.05 }, epochs: 3 },
  });
  expect(refusalOf('training.sam.a.b=1').hint).toContain("'training.sam={a: {b: 1}}'");
  expect(refusalOf('training.epochs.most=1').hint).toBeUndefined();
});

it('says what a space is missing after, in a file and on the command line', async () => {
  const hint = 'Write a space after the colon: {space: logits}.';
  await expect(read('options: {space:logits}')).rejects.toMatchObject({ code: 'usage/config-syntax', hint });
  expect(() => setOption({}, 'model.head.options={space:logits}')).toThrow(
    expect.objectContaining({ code: 'usage/set', hint }),
  );
});

it('sets a place in a list', () => {
  expect(setOption({ models: [{ a: 1 }] }, 'models.0.a=2')).toEqual({ models: [{ a: 2 }] });
  expect(setOption({ models: [1] }, 'models.1=2')).toEqual({ models: [1, 2] });
});

it('keeps what is in quotes a text', () => {
  expect(setOption({}, 'a="2e5"')).toEqual({ a: '2e5' });
  expect(setOption({}, 'a=2e5')).toEqual({ a: 2e5 });
});

it('reads a file in UTF-16 by its mark, and names the place of a byte that is not UTF-8', async () => {
  const path = join(folder, 'b.yaml');
  await writeFile(path, Buffer.from('\uFEFFa: café\r\n', 'utf16le'));
  expect(await readConfigFile(path)).toEqual({ a: 'café' });
  await writeFile(path, Buffer.from('a: 1\nb: caf\xe9', 'latin1'));
  await expect(readConfigFile(path)).rejects.toMatchObject({
    code: 'usage/encoding',
    exitCode: 2,
    message: expect.stringContaining('line 2, column 7'),
  });
});

it.each(['.', '/dev/zero'])('refuses %s as a config', async (path) => {
  await expect(readConfigFile(path)).rejects.toMatchObject({ code: 'usage/not-a-file', exitCode: 2 });
});

it.each([
  ...[
    'training',
    '=5',
    'training.epochs.deep=5',
    'training..epochs=5',
    'a=*best.pth',
    'a=&x [*x]',
    'a={b: 1',
  ],
  ...[
    '__proto__.polluted=1',
    'a.__proto__.polluted=1',
    'constructor.prototype.polluted=1',
    'a={__proto__: 1}',
  ],
  ...['list.length=100', 'list.x=1', 'list.5=1', 'a=1\n---\nb', 'a=!!js/function x'],
])('refuses --set %s', (assignment) => {
  expect(() => setOption({ training: { epochs: 3 }, list: [1] }, assignment)).toThrow(
    expect.objectContaining({ code: 'usage/set' }),
  );
  expect(({} as { polluted?: unknown }).polluted).toBeUndefined();
});
