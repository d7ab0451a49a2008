import { mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { assertDifferentOutputs } from './assert-different-outputs.js';

let folder: string;
beforeAll(async () => void (folder = await mkdtemp(join(tmpdir(), 'polytag-outputs-'))));
afterAll(() => rm(folder, { recursive: true }));

it('refuses two options that write one file, by any of its names', async () => {
  const at = (name: string) => join(folder, name);
  await writeFile(at('a.json'), '{}');
  await symlink(at('a.json'), at('link.json'));
  for (const second of ['a.json', './x/../a.json', 'link.json'].map((name) => `${folder}/${name}`))
    await expect(
      assertDifferentOutputs([
        ['--write', at('a.json')],
        ['--report', undefined],
        ['--json', second],
      ]),
    ).rejects.toMatchObject({
      code: 'usage/same-output',
      message: `--write and --json write the same file, ${second}.`,
    });
  const [b, c] = [at('new/b.json'), at('new/c.json')];
  await expect(assertDifferentOutputs([['--json', b], ['--write', b]])).rejects.toThrow('same file'); // prettier-ignore
  await assertDifferentOutputs([['--json', b], ['--write', c], ['--a', undefined], ['--b', undefined]]); // prettier-ignore
});
