import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { externalTensor, sumModel } from '../file/onnx-file.fixture.js';
import { importRuntime, RUNTIMES } from '../runtime/find-runtime.js';
import { openSession, type SessionOptions } from './open-session.js';

const runtimes = await Promise.all(
  RUNTIMES.map(async (name) => ({ name, runtime: await importRuntime(name) })),
);
for (const { name, runtime } of runtimes)
  if (!runtime)
    process.stdout.write(
      `${name} is not tested: it is not installed (npm i --no-save --ignore-scripts ${name})\n`,
    );

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'polytag-session-'));
});
afterEach(() => rm(folder, { recursive: true }));

const x = { type: 'float32', data: Float32Array.of(1, 2, 3, 4), shape: [2, 2] };

describe.each(runtimes.filter(({ runtime }) => runtime))('$name', ({ name, runtime }) => {
  const open = (model: string | Uint8Array, options: SessionOptions = {}) =>
    openSession(model, { runtime, ...options });

  it('runs a graph, also several times at once, and a file as its bytes', async () => {
    const path = join(folder, 'model.onnx');
    await writeFile(path, sumModel());
    for (const model of [path, sumModel()]) {
      const session = await open(model);
      const results = await Promise.all([session.run({ x }), session.run({ x })]);
      for (const { sum } of results) {
        expect(sum.shape).toEqual([2, 2]);
        expect(sum.data).toEqual(Float32Array.of(11, 22, 13, 24));
      }
      await session.close();
    }
  });

  it('ends the runs that were asked for, and runs and frees nothing of another session once it is closed', async () => {
    const first = await open(sumModel());
    const asked = first.run({ x });
    const closing = first.close();
    await expect(first.run({ x })).rejects.toMatchObject({ code: 'usage/onnx-closed' });
    expect((await asked).sum.data).toEqual(Float32Array.of(11, 22, 13, 24));
    await closing;
    // Others soon lie where the first one lay.
    for (let i = 0; i < 8; i++) {
      const other = await open(sumModel());
      await expect(first.run({ x })).rejects.toMatchObject({ code: 'usage/onnx-closed' });
      await first.close();
      expect((await other.run({ x })).sum.data).toEqual(Float32Array.of(11, 22, 13, 24));
      await other.close();
    }
  });

  it('says which inputs do not fit, and runs those that do afterwards', async () => {
    const session = await open(sumModel());
    const wrong = { ...x, shape: [1, 4] };
    await expect(session.run({ x: wrong })).rejects.toMatchObject({ code: 'engine/onnx-run', exitCode: 5 });
    expect((await session.run({ x })).sum.data).toEqual(Float32Array.of(11, 22, 13, 24));
    await session.close();
  });

  it('takes weights from a file beside it', async () => {
    const path = join(folder, 'model.onnx');
    await mkdir(join(folder, 'parts'));
    await writeFile(path, sumModel(externalTensor('w', [2], 'parts/w.bin')));
    await writeFile(join(folder, 'parts/w.bin'), new Uint8Array(Float32Array.of(100, 200).buffer));
    const session = await open(path);
    expect((await session.run({ x })).sum.data).toEqual(Float32Array.of(101, 202, 103, 204));
    await session.close();
  });

  it.each([
    ['leads up', '../secret.bin'],
    ['leads up on the way', 'parts/../../secret.bin'],
    ['is absolute', '/etc/hostname'],
    ['is of another system', 'C:\\secret.bin'],
    ['is none', ''],
    ['is a link out of it', 'link.bin'],
    ['goes through a link out of it', 'elsewhere/secret.bin'],
  ])('refuses weights whose path %s', async (_, location) => {
    const inner = join(folder, 'model');
    await mkdir(inner);
    await writeFile(join(folder, 'secret.bin'), new Uint8Array(8));
    await symlink(join(folder, 'secret.bin'), join(inner, 'link.bin'));
    await symlink(folder, join(inner, 'elsewhere'));
    await writeFile(join(inner, 'model.onnx'), sumModel(externalTensor('w', [2], location)));
    await expect(open(join(inner, 'model.onnx'))).rejects.toMatchObject({
      code: 'checkpoint/onnx-external',
      exitCode: 4,
    });
  });

  it('names a weight file that is too short', async () => {
    const path = join(folder, 'model.onnx');
    await writeFile(path, sumModel(externalTensor('w', [2], 'w.bin', { offset: '4' })));
    await writeFile(join(folder, 'w.bin'), new Uint8Array(8));
    await expect(open(path)).rejects.toMatchObject({
      code: 'checkpoint/onnx-external',
      message: expect.stringContaining('"w.bin", which has 8 bytes: the weights end at byte 12'),
    });
  });

  it('names a weight file that is missing, and that bytes in memory have none beside them', async () => {
    const bytes = sumModel(externalTensor('w', [2], 'w.bin'));
    await writeFile(join(folder, 'model.onnx'), bytes);
    await expect(open(join(folder, 'model.onnx'))).rejects.toMatchObject({
      code: 'checkpoint/file-missing',
      message: expect.stringContaining('w.bin'),
    });
    await expect(open(bytes)).rejects.toMatchObject({ code: 'checkpoint/onnx-external' });
  });

  it.each([
    ['that is cut off', sumModel().subarray(0, -40)],
    ['that is no ONNX', new TextEncoder().encode('<!doctype html>')],
    ['that is empty', new Uint8Array(0)],
  ])('refuses a file %s', async (_, bytes) => {
    await writeFile(join(folder, 'model.onnx'), bytes);
    await expect(open(join(folder, 'model.onnx'))).rejects.toMatchObject({
      code: 'checkpoint/onnx',
      message: expect.stringContaining('model.onnx'),
    });
  });

  it('says what the runtime has against a file, and the opset it is written for', async () => {
    const future = sumModel(undefined, { 8: [{ 2: 999 }] });
    await expect(open(future, { name: 'future.onnx' })).rejects.toMatchObject({
      code: 'checkpoint/onnx',
      message: expect.stringMatching(new RegExp(`^${name} \\S+ cannot load future\\.onnx: .*[Oo]pset 999`)),
      hint: expect.stringContaining('opset 999'),
    });
  });
});
