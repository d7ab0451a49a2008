/** A tensor as rows of its last dimension. */
export function rowsOf(shape: readonly number[]): { rows: number; channels: number } {
  const channels = shape[shape.length - 1];
  return { rows: sizeOf(shape.slice(0, -1)), channels };
}

export function sizeOf(shape: readonly number[]): number {
  return shape.reduce((a, b) => a * b, 1);
}

/** An image batch [B, H, W, C] as B images of `places` rows. */
export function placesOf(shape: readonly number[]): { batch: number; places: number; channels: number } {
  const [batch, height, width, channels] = shape;
  return { batch, places: height * width, channels };
}

/** Channels rounded up to a multiple of four, the size of the kernels' working rows. */
export function padded(channels: number): number {
  return Math.ceil(channels / 4) * 4;
}

/** The shape of an image batch [B, H, W, C] with half the height and width, rounded up. */
export function halved(shape: readonly number[]): number[] {
  const [batch, height, width, channels] = shape;
  return [batch, Math.ceil(height / 2), Math.ceil(width / 2), channels];
}
