// Labels over HTTP:  node server.js MODEL [PORT]
//   curl --data-binary @photo.jpg -H 'content-type: image/jpeg' http://127.0.0.1:3000/labels
import express from 'express';
import { PolytagError } from '@polytag/core';
import { useEngine } from '@polytag/engine';
import { loadModel } from '@polytag/model';
import { Batcher } from './batcher.js';

const [folder, port = '3000'] = process.argv.slice(2);
if (!folder) throw new Error('Give a model folder: node server.js MODEL [PORT]');

await useEngine('wasm');
const model = await loadModel(folder);
// A photograph that cannot be read gets an error as its result; the others are predicted.
const batcher = new Batcher((photos) => model.predict(photos, { onError: 'return', maxPixels: 24e6 }), {
  most: 16,
  wait: 5,
  queue: 100,
});

const app = express();
app.disable('x-powered-by');
app.post(
  '/labels',
  express.raw({ type: ['image/jpeg', 'image/png', 'image/webp'], limit: '10mb' }),
  async (request, response) => {
    if (!Buffer.isBuffer(request.body) || request.body.length === 0) {
      response.status(415).json({ error: { message: 'Send a JPEG, PNG or WebP with its content type.' } });
      return;
    }
    if (batcher.isFull) {
      response
        .status(429)
        .set('retry-after', '1')
        .json({ error: { message: 'The server is busy. Try again.' } });
      return;
    }
    const result = await batcher.add(request.body);
    if (result instanceof PolytagError) {
      const { code, message, hint } = result;
      response.status(422).json({ error: { code, message, hint } });
    } else response.json({ labels: result });
  },
);
// Express recognises an error handler by its four parameters.
// eslint-disable-next-line @typescript-eslint/no-unused-vars
app.use((error, _request, response, _next) => {
  const status = error.status ?? 500;
  if (status === 500) console.error(error);
  response.status(status).json({ error: { message: status === 500 ? 'The server failed.' : error.message } });
});

const server = app.listen(Number(port), '127.0.0.1', () =>
  console.log(`http://127.0.0.1:${server.address().port}/labels`),
);
process.once('SIGTERM', () => server.close(() => model.dispose()));
