// Copies the .wasm files of TensorFlow.js to public/wasm, where the page loads them.
import { cp, mkdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const from = dirname(fileURLToPath(import.meta.resolve('@tensorflow/tfjs-backend-wasm')));
const to = join(import.meta.dirname, 'public/wasm');
await mkdir(to, { recursive: true });
for (const kind of ['', '-simd', '-threaded-simd']) {
  const file = `tfjs-backend-wasm${kind}.wasm`;
  await cp(join(from, file), join(to, file));
}
