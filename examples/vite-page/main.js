/* global document */
import { useEngine } from '@polytag/engine';
import { loadModel } from '@polytag/model';

const labels = document.querySelector('#labels');

try {
  await useEngine('wasm', { wasmPath: new URL('wasm/', document.baseURI).href });
  // public/model is a copy of a model folder of polytag-train.
  const model = await loadModel(new URL('model', document.baseURI).href);
  labels.textContent = 'Choose a photograph. It stays in this page.';
  document.querySelector('#photo').addEventListener('change', async ({ target }) => {
    const [file] = target.files;
    if (!file) return;
    try {
      const found = await model.topK(new Uint8Array(await file.arrayBuffer()), 3);
      labels.textContent = found.map(({ label, score }) => `${label} ${score.toFixed(3)}`).join(', ');
    } catch (error) {
      labels.textContent = error.message;
    }
  });
} catch (error) {
  labels.textContent = error.message;
  throw error;
}
