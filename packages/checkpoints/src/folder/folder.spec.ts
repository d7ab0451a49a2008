import { mkdir, mkdtemp, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { locateFolder, recoverFolder, recoverFolders } from './recover-folder.js';
import { readFolder } from './read-folder.js';
import { writeFolder } from './write-folder.js';

const text = (bytes: Uint8Array | undefined) => new TextDecoder().decode(bytes);

describe('checkpoint folders', () => {
  let parent: string;
  let path: string;
  /** A stage name as a process that is gone would leave it: no process has this id. */
  const left = (stage: string) =>
    join(
      parent,
      `.best.${stage}-${hostname().replaceAll(/[^A-Za-z0-9]/g, '_')}-4194305-00000000-0000-0000-0000-000000000000`,
    );

  beforeEach(async () => {
    parent = await mkdtemp(join(tmpdir(), 'polytag-'));
    path = join(parent, 'best');
  });
  afterEach(() => rm(parent, { recursive: true }));

  it('gives back what was written, and nothing else stays', async () => {
    await writeFolder(path, { 'a.bin': Uint8Array.of(1, 2), 'old.txt': 'x' });
    await writeFolder(path, { 'a.bin': Uint8Array.of(3), 'ü.txt': 'grün' });
    const files = await readFolder(path);
    expect([...files.keys()].sort()).toEqual(['a.bin', 'ü.txt']);
    expect([...files.get('a.bin')!]).toEqual([3]);
    expect(text(files.get('ü.txt'))).toBe('grün');
    expect(await readdir(parent)).toEqual(['best']);
    expect((await readdir(path)).sort()).toEqual(['a.bin', 'manifest.json', 'ü.txt']);
  });

  it('writes the SHA-256 of every file', async () => {
    await writeFolder(path, { 'abc.txt': 'abc' });
    const manifest = JSON.parse(await readFile(join(path, 'manifest.json'), 'utf8'));
    // The digest of "abc" is the first example of FIPS 180-2, appendix B.1.
    expect(manifest).toEqual({
      version: 1,
      files: {
        'abc.txt': { bytes: 3, sha256: 'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad' },
      },
    });
  });

  it('names the file that was changed, cut or lost', async () => {
    await writeFolder(path, { a: 'one', b: 'two' });
    await writeFile(join(path, 'b'), 'TWO');
    await expect(readFolder(path)).rejects.toMatchObject({
      code: 'checkpoint/checksum',
      message: expect.stringContaining(join(path, 'b')),
    });
    expect(text((await readFolder(path, { only: ['a'] })).get('a'))).toBe('one');
    await writeFile(join(path, 'b'), 't');
    await expect(readFolder(path)).rejects.toMatchObject({ code: 'checkpoint/checksum' });
    await rm(join(path, 'b'));
    await expect(readFolder(path)).rejects.toMatchObject({
      code: 'checkpoint/missing-file',
      message: expect.stringContaining(join(path, 'b')),
    });
    await expect(readFolder(path, { only: ['c'] })).rejects.toMatchObject({
      code: 'checkpoint/missing-file',
    });
  });

  it('refuses a folder without a list, or with a list that points out of it', async () => {
    await expect(readFolder(path)).rejects.toMatchObject({ code: 'checkpoint/not-found' });
    await mkdir(path);
    await expect(readFolder(path)).rejects.toMatchObject({ code: 'checkpoint/manifest' });
    await writeFile(join(path, 'manifest.json'), '{');
    await expect(readFolder(path)).rejects.toMatchObject({ code: 'checkpoint/manifest' });
    const entry = { bytes: 0, sha256: '0'.repeat(64) };
    await writeFile(
      join(path, 'manifest.json'),
      JSON.stringify({ version: 1, files: { '../../etc/passwd': entry } }),
    );
    await expect(readFolder(path)).rejects.toMatchObject({ code: 'checkpoint/manifest' });
  });

  it.each(['../a', 'a/../b', '/a', 'a//b', 'a/', '..', 'a\\b', 'manifest.json', ''])(
    'does not write a file called "%s"',
    async (name) => {
      await expect(writeFolder(path, { [name]: 'x' })).rejects.toMatchObject({ code: 'usage/file-name' });
      expect(await readdir(parent)).toEqual([]);
    },
  );

  it('never replaces a folder that is not a checkpoint', async () => {
    await mkdir(path);
    await writeFile(join(path, 'holiday.jpg'), 'x');
    await expect(writeFolder(path, { a: 'x' })).rejects.toMatchObject({ code: 'usage/foreign-folder' });
    expect(await readdir(path)).toEqual(['holiday.jpg']);
    expect(await readdir(parent)).toEqual(['best']);
  });

  it('writes folders within, and checks their files too', async () => {
    await writeFolder(path, { a: '1', 'web/b': '2', 'web/deep/c': '3' });
    const files = await readFolder(path);
    expect([...files].map(([name, bytes]) => [name, text(bytes)])).toEqual([
      ['a', '1'],
      ['web/b', '2'],
      ['web/deep/c', '3'],
    ]);
    await writeFile(join(path, 'web/deep/c'), 'x');
    await expect(readFolder(path)).rejects.toMatchObject({
      code: 'checkpoint/checksum',
      message: expect.stringContaining(join(path, 'web/deep/c')),
    });
    await writeFolder(path, { a: '4' });
    expect((await readdir(path)).sort()).toEqual(['a', 'manifest.json']);
  });

  it('keeps what a person added within', async () => {
    await writeFolder(path, { 'web/b': '1' });
    await writeFile(join(path, 'web/mine'), 'mine');
    await writeFolder(path, { 'web/b': '2' });
    expect((await readdir(join(path, 'web'))).sort()).toEqual(['b', 'mine']);
    await writeFolder(path, { a: '3' });
    expect((await readdir(path)).sort()).toEqual(['a', 'manifest.json', 'web']);
    expect(await readdir(join(path, 'web'))).toEqual(['mine']);
    await writeFolder(path, { 'web/b': '4' });
    expect((await readdir(join(path, 'web'))).sort()).toEqual(['b', 'mine']);
    expect(await readdir(parent)).toEqual(['best']);
  });

  it('keeps what a person added', async () => {
    await writeFolder(path, { a: '1', gone: 'x' });
    await writeFile(join(path, 'notes.txt'), 'mine');
    await writeFolder(path, { a: '2' });
    expect((await readdir(path)).sort()).toEqual(['a', 'manifest.json', 'notes.txt']);
  });

  it('tells the refusal of the system, and leaves a file where it was', async () => {
    await writeFile(path, 'a file');
    await expect(writeFolder(path, { a: 'new' })).rejects.toMatchObject({
      code: 'file/ENOTDIR',
      exitCode: 7,
    });
    expect(await readFile(path, 'utf8')).toBe('a file');
    expect(await readdir(parent)).toEqual(['best']);
  });

  describe('after a writer died', () => {
    const dies = {
      'while it wrote': async () => {
        await mkdir(left('part'));
        await writeFile(join(left('part'), 'a'), 'ne');
        return 'old';
      },
      'before the first rename': async () => {
        await writeFolder(left('new'), { a: 'new' });
        return 'old';
      },
      'between the renames': async () => {
        await writeFolder(left('new'), { a: 'new' });
        await rename(path, left('old'));
        return 'new';
      },
      'before it removed the old folder': async () => {
        await rename(path, left('old'));
        await writeFolder(path, { a: 'new' });
        return 'new';
      },
    };

    it.each(Object.keys(dies) as (keyof typeof dies)[])(
      '%s, a complete folder is read, then put in place',
      async (moment) => {
        await writeFolder(path, { a: 'old' });
        const expected = await dies[moment]();
        expect(text((await readFolder(path)).get('a'))).toBe(expected);
        await recoverFolder(path);
        expect(await readdir(parent)).toEqual(['best']);
        expect(text((await readFolder(path)).get('a'))).toBe(expected);
        await writeFolder(path, { a: 'newer' });
        expect(text((await readFolder(path)).get('a'))).toBe('newer');
        expect(await readdir(parent)).toEqual(['best']);
      },
    );

    it('what a person had put into the old folder is moved along', async () => {
      await writeFolder(path, { a: 'old', 'web/gone': 'x' });
      await writeFile(join(path, 'notes.txt'), 'mine');
      await writeFile(join(path, 'web', 'mine'), 'mine');
      await rename(path, left('old'));
      await writeFolder(left('new'), { a: 'new' });
      await recoverFolder(path);
      expect((await readdir(path)).sort()).toEqual(['a', 'manifest.json', 'notes.txt', 'web']);
      expect(await readdir(join(path, 'web'))).toEqual(['mine']);
      expect(await readdir(parent)).toEqual(['best']);
    });

    it('is found where only the old folder is left', async () => {
      await writeFolder(path, { a: 'old' });
      await rename(path, left('old'));
      expect(await locateFolder(path)).toBe(left('old'));
      await recoverFolder(path);
      expect(text((await readFolder(path)).get('a'))).toBe('old');
    });
  });

  it('are all put in order at once, whatever they are called', async () => {
    const [last, best] = [join(parent, 'last'), path];
    for (const folder of [last, best]) await writeFolder(folder, { a: 'one' });
    await rename(best, left('new'));
    await mkdir(left('part').replace('.best.', '.last.'));
    await recoverFolders(parent);
    expect((await readdir(parent)).sort()).toEqual(['best', 'last']);
    await recoverFolders(join(parent, 'nowhere'));
  });

  it('leaves the folder of a living writer alone', async () => {
    await writeFolder(path, { a: 'old' });
    // The parent of this process lives.
    const living = left('part').replace('-4194305-', `-${process.ppid}-`);
    await mkdir(living);
    await recoverFolder(path);
    expect((await readdir(parent)).length).toBe(2);
  });

  it('gives a reader a whole version while a writer replaces the folder again and again', async () => {
    const big = (fill: number) => new Uint8Array(1 << 16).fill(fill);
    await writeFolder(path, { a: big(0), b: big(0) });
    let writing = true;
    const writer = (async () => {
      for (let version = 1; version <= 20; version++)
        await writeFolder(path, { a: big(version), b: big(version) });
      writing = false;
    })();
    let reads = 0;
    try {
      while (writing) {
        const files = await readFolder(path);
        expect(files.get('a')![0]).toBe(files.get('b')![0]);
        reads++;
      }
    } finally {
      await writer;
    }
    expect(reads).toBeGreaterThan(0);
  });
});
