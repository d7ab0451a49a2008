import { readdir, readFile } from 'node:fs/promises';
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

it('leaves nothing behind when it stops', async () => {
  const text = await project.write('text.jpg', 'moved elsewhere\n');
  const { status, out } = await embed(text, '--strict', '--out', project.path('none/vectors.npy'));
  expect([status, out]).toEqual([3, '']);
  expect(await readdir(project.path('none'))).toEqual([]);
});
