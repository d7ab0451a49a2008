import sharp, { type Sharp } from 'sharp';

export const [WIDTH, HEIGHT] = [64, 48];

/** A picture with soft colours and grain: the same pixels for the same numbers. */
export function photo(width = WIDTH, height = HEIGHT, seed = 1): Sharp {
  const pixels = new Uint8Array(width * height * 3);
  let state = seed;
  for (let i = 0; i < pixels.length; i++) {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    const [x, y] = [Math.floor(i / 3) % width, Math.floor(i / 3 / width)];
    pixels[i] = ((200 * x) / width + (i % 3) * ((20 * y) / height) + (state >>> 27)) & 255;
  }
  return sharp(pixels, { raw: { width, height, channels: 3 } });
}

/** A picture of one colour: large ones are small files. */
export const plain = (width: number, height: number, channels: 3 | 4 = 3): Sharp =>
  sharp({
    create: {
      width,
      height,
      channels,
      background: channels === 4 ? { r: 90, g: 120, b: 60, alpha: 0.5 } : '#5a783c',
    },
    limitInputPixels: false,
  });
