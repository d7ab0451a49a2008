import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
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

it.each(['training', '=5', 'training.epochs.deep=5'])('refuses --set %s', (assignment) => {
  expect(() => setOption({ training: { epochs: 3 } }, assignment)).toThrow(
    expect.objectContaining({ code: 'usage/set' }),
  );
});
