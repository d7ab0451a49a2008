import { loadModel } from './fetch-model.js';

const real = globalThis.fetch;
afterEach(() => void (globalThis.fetch = real));

it.each(['', 'null', '<!doctype html>', '{"files": null}', '{"version": 1}', '[[[['])(
  'refuses the manifest %p of a server',
  async (text) => {
    globalThis.fetch = async () => new Response(text);
    await expect(loadModel('models/first')).rejects.toMatchObject({
      code: 'checkpoint/manifest',
      message: 'models/first/manifest.json is not a valid manifest.',
      exitCode: 4,
    });
  },
);

it('names the file that a server does not have', async () => {
  globalThis.fetch = async () => new Response('', { status: 404 });
  await expect(loadModel('models/first')).rejects.toMatchObject({ code: 'checkpoint/missing-file' });
});
