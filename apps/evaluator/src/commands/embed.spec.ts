import { cp, mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { loadModel } from '@polytag/model';
import { polytagEval, ModelProject } from '../evaluator.fixture.js';

let project: ModelProject;
beforeAll(async () => void (project = await ModelProject.make()));
afterAll(() => project.remove());

const embed = (...more: string[]) => polytagEval('embed', '--model', project.best, ...more);

it('writes the vectors of the photographs that can be used, and their paths, in the order given', async () => {
  const photos = [3, 0, 5].map((i) => project.path(`data/images/val-0000${i}.png`));
  const text = await project.write('text.jpg', 'moved elsewhere\n');
  const out = project.path('out/vectors.npy');
  const { status, out: told, err } = await embed(photos[0], text, ...photos.slice(1), '--out', out);
  expect([status, told]).toEqual([3, expect.stringContaining('3 vectors of ')]);
  expect(err).toContain(`error: ${text} is a text file`);
  expect(await readFile(project.path('out/vectors.txt'), 'utf8')).toBe(`${photos.join('\n')}\n`);
  const model = await loadModel(project.best);
  const expected = await model.embed(photos);
  const { featureChannels } = model.backbone;
  model.dispose();
  // NumPy's format, version 1.0: the length of the header stands in bytes 8 and 9.
  const npy = await readFile(out);
  expect([...npy.subarray(0, 8)]).toEqual([0x93, ...Buffer.from('NUMPY'), 1, 0]);
  const values = 10 + npy.readUInt16LE(8);
  expect(values % 64).toBe(0);
  expect(npy.toString('latin1', 10, values)).toMatch(
    new RegExp(`^{'descr': '<f4', 'fortran_order': False, 'shape': \\(3, ${featureChannels}\\), } *\n$`),
  );
  const data = new Float32Array(npy.buffer.slice(npy.byteOffset + values, npy.byteOffset + npy.length));
  expect(data).toEqual(Float32Array.from(expected.flatMap((vector) => [...vector])));
  expect((await readdir(project.path('out'))).sort()).toEqual(['vectors.npy', 'vectors.txt']);
});

it('leaves nothing behind where no photograph can be used', async () => {
  const text = await project.write('text.jpg', 'moved elsewhere\n');
  for (const more of [['--strict'], []]) {
    const { status, out } = await embed(text, ...more, '--out', project.path('none/vectors.npy'));
    expect([status, out]).toEqual([3, '']);
    await expect(readdir(project.path('none'))).rejects.toMatchObject({ code: 'ENOENT' });
  }
});

describe('vectors of a folder with two files that are no photographs', () => {
  const names = () => [0, 1, 9, 2, 3, 8, 4, 5].map((i) => project.path(`photos/${i}.png`));
  const files = (name: string) => [project.path(`${name}.npy`), project.path(`${name}.txt`)] as const;
  const contents = (name: string) => Promise.all(files(name).map((file) => readFile(file)));
  const run = (name: string, ...more: string[]) => embed(...names(), '--out', files(name)[0], ...more);
  let whole: Buffer[];
  let said: string;
  beforeAll(async () => {
    await mkdir(project.path('photos'));
    for (let i = 0; i < 6; i++)
      await cp(project.path(`data/images/val-0000${i}.png`), project.path(`photos/${i}.png`));
    for (const i of [8, 9]) await project.write(`photos/${i}.png`, 'text');
    said = (await run('whole')).err;
    whole = await contents('whole');
  });

  it('are the same wherever a run was cut off and resumed', async () => {
    const [npy, txt] = whole;
    const bytes = (npy.length - 128) / 6;
    const ends = [...txt.entries()].flatMap(([i, byte]) => (byte === 0x0a ? [i + 1] : []));
    const cuts = [
      [0, 0],
      [60, 0],
      [128, 0],
      [128 + bytes, 3],
      [128 + 2 * bytes, ends[0]],
      [128 + 3.5 * bytes, ends[2]],
      [128 + 6 * bytes, ends[5]],
    ];
    const [vectors, list] = files('cut');
    for (const [a, b] of cuts) {
      await writeFile(`${vectors}.part`, npy.subarray(0, a));
      await writeFile(`${list}.part`, txt.subarray(0, b));
      const { status, err } = await run('cut', '--resume');
      expect([status, err]).toEqual([3, said]);
      expect(await contents('cut')).toEqual(whole);
    }
    // Of a finished one as well.
    await run('cut', '--resume');
    expect(await contents('cut')).toEqual(whole);
    const left = (await readdir(project.folder)).filter((name) => name.startsWith('cut.'));
    expect(left.sort()).toEqual(['cut.npy', 'cut.npy.embed.json', 'cut.txt']);
  });

  it('are not resumed with other options or another model, by their names, and stay as they are', async () => {
    const [npy, txt] = whole;
    const [vectors, list] = files('begun');
    await writeFile(`${vectors}.part`, npy.subarray(0, 128 + 4));
    await run('begun', '--resume');
    const record = JSON.parse(await readFile(`${vectors}.embed.json`, 'utf8'));
    await writeFile(`${vectors}.part`, npy.subarray(0, npy.length - 4));
    await writeFile(`${list}.part`, txt);
    for (const [given, told] of [
      [['--max-pixels', '100000000'], 'was begun '],
      [['--engine', 'cpu'], 'was begun with --engine wasm, not with --engine cpu'],
      [[], 'was begun with another --model'],
    ] as const) {
      if (given.length === 0)
        await writeFile(`${vectors}.embed.json`, JSON.stringify({ ...record, model: 'of another' }));
      const { status, err } = await run('begun', '--resume', ...given);
      expect([status, err]).toEqual([2, expect.stringContaining(`${vectors} ${told}`)]);
      expect(await readFile(`${vectors}.part`)).toEqual(npy.subarray(0, npy.length - 4));
    }
    // One that begins anew asks for nothing, and when all is there nothing is left beside it.
    await run('begun');
    const left = (await readdir(project.folder)).filter((name) => name.startsWith('begun.'));
    expect(left.sort()).toEqual(['begun.npy', 'begun.txt']);
  });

  it('are not resumed with other photographs, or of another file, which stays as it is', async () => {
    const other = await project.write('other.npy', 'no vectors');
    for (const given of [
      [...names().slice(1), '--out', files('whole')[0]],
      [...names().reverse(), '--out', files('whole')[0]],
      [...names(), '--out', other],
    ]) {
      const { status, err } = await embed(...given, '--resume');
      expect([status, err]).toEqual([2, expect.stringContaining('code: usage/resume-differs')]);
    }
    expect(await contents('whole')).toEqual(whole);
    expect(await readFile(other, 'utf8')).toBe('no vectors');
  });

  it.each([1, 3, 9])('merge from %i shards to those of one run', async (n) => {
    const shards = Array.from({ length: n }, (_, i) => `shard-${i + 1}`);
    for (const [i, name] of shards.entries()) await run(name, '--shard', `${i + 1}/${n}`);
    const given = [...shards].reverse().map((name) => files(name)[0]);
    const merge = () => polytagEval('merge', ...given, '--out', files('merged')[0]);
    const { status, err } = await merge();
    expect([status, err]).toEqual([
      0,
      expect.stringContaining(`6 vectors of 8 photographs in ${n} ${n === 1 ? 'shard' : 'shards'}; 2`),
    ]);
    expect(await contents('merged')).toEqual(whole);
    await writeFile(given[0], (await readFile(given[0])).subarray(0, -4));
    expect((await merge()).err).toContain('has other vectors than when its shard was finished');
  });
});
