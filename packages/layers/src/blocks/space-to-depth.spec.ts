import { tensor, type Tensor } from '@tensorflow/tfjs-core';
import { useEngine } from '@polytag/engine';
import { SpaceToDepth } from './space-to-depth.js';

beforeAll(() => useEngine('cpu'));

const layer = new SpaceToDepth({ name: 'stem', block: 4 });

it('puts the pixels of a block one after another, rows first, with their colours together', () => {
  const [batch, height, width, colours] = [2, 8, 12, 3];
  const x = tensor(
    Float32Array.from({ length: batch * height * width * colours }, (_, i) => i),
    [batch, height, width, colours],
  );
  const y = layer.apply(x) as Tensor;
  expect(y.shape).toEqual([2, 2, 3, 48]);
  const values = y.dataSync();
  let at = 0;
  for (let b = 0; b < batch; b++)
    for (let h = 0; h < height / 4; h++)
      for (let w = 0; w < width / 4; w++)
        for (let row = 0; row < 4; row++)
          for (let column = 0; column < 4; column++)
            for (let colour = 0; colour < colours; colour++, at++) {
              const pixel = (b * height + 4 * h + row) * width + 4 * w + column;
              expect(values[at]).toBe(pixel * colours + colour);
            }
});

it('refuses images that blocks do not fill', () => {
  expect(() => layer.computeOutputShape([null, 448, 450, 3])).toThrow(
    expect.objectContaining({
      code: 'usage/image-size',
      message: '"stem" got images of 448 x 450 pixels; both sides must be multiples of 4.',
    }),
  );
  expect(layer.computeOutputShape([null, null, 448, 3])).toEqual([null, null, 112, 48]);
});
