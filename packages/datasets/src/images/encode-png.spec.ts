import { decodeImage } from './decode-image.js';
import { encodePng } from './encode-png.js';

it('keeps every pixel', async () => {
  const image = {
    pixels: Uint8Array.from({ length: 5 * 7 * 3 }, (_, i) => (i * 89) % 256),
    height: 5,
    width: 7,
  };
  const { pixels, height, width } = await decodeImage(await encodePng(image), 'the PNG');
  expect([height, width]).toEqual([5, 7]);
  expect([...pixels]).toEqual([...image.pixels]);
});
