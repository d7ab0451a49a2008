import { readImage, type RgbImage } from '../../images/decode-image.js';

/** Edge of the small pictures that are compared. */
const EDGE = 16;
/** Of heights by widths: resizing rounds. */
const SHAPES_DIFFER = 0.03;
/** Mean difference of two pixels, of 255. Another quality of JPEG or size makes 1 to 4; other photographs differ by 40 and more. */
const PIXELS_DIFFER = 12;

/** Whether two files are one photograph in another size or quality. A file that cannot be read is like none. */
export async function looksAlike(a: string, b: string): Promise<boolean> {
  const [first, second] = [await smallPicture(a), await smallPicture(b)];
  if (!first || !second || Math.abs(first.shape / second.shape - 1) > SHAPES_DIFFER) return false;
  const total = first.pixels.reduce((sum, value, i) => sum + Math.abs(value - second.pixels[i]), 0);
  return total / first.pixels.length < PIXELS_DIFFER;
}

async function smallPicture(path: string) {
  try {
    const image = await readImage(path);
    return { pixels: cellMeans(image), shape: image.height / image.width };
  } catch {
    return undefined;
  }
}

/** Mean colours of the cells of a grid, [EDGE, EDGE, 3]: nearly the same whatever the size of the photograph. */
function cellMeans({ pixels, height, width }: RgbImage): Float64Array {
  const sums = new Float64Array(EDGE * EDGE * 3);
  const counts = new Float64Array(EDGE * EDGE);
  for (let y = 0; y < height; y++) {
    const row = Math.floor((y * EDGE) / height) * EDGE;
    for (let x = 0; x < width; x++) {
      const cell = row + Math.floor((x * EDGE) / width);
      counts[cell]++;
      for (let channel = 0; channel < 3; channel++)
        sums[cell * 3 + channel] += pixels[(y * width + x) * 3 + channel];
    }
  }
  return sums.map((sum, i) => sum / Math.max(counts[Math.floor(i / 3)], 1));
}
