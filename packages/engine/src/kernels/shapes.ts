// Sizes of tensors, by the names that they have in assembly/.

export function sizeOf(shape: readonly number[]): number {
  return shape.reduce((a, b) => a * b, 1);
}

/** Whether a tensor has no elements. */
export const isEmpty = (tensor: { readonly shape: readonly number[] } | undefined): boolean =>
  tensor?.shape.includes(0) ?? false;

/** A tensor as R rows of its last dimension C. */
export function rowsOf(shape: readonly number[]): { R: number; C: number } {
  return { R: sizeOf(shape.slice(0, -1)), C: shape[shape.length - 1] };
}

/** An image batch [B, H, W, C]. */
export function imagesOf([B, H, W, C]: readonly number[]): { B: number; H: number; W: number; C: number } {
  return { B, H, W, C };
}

/** An image batch [B, H, W, C] as B images of P places with C channels. */
export function placesOf([B, H, W, C]: readonly number[]): { B: number; P: number; C: number } {
  return { B, P: H * W, C };
}

/** Channels rounded up to a multiple of four, the size of the kernels' working rows. */
export function padded(channels: number): number {
  return Math.ceil(channels / 4) * 4;
}

/** The shape of an image batch [B, H, W, C] with half the height and width, rounded up. */
export function halved([B, H, W, C]: readonly number[]): number[] {
  return [B, Math.ceil(H / 2), Math.ceil(W / 2), C];
}
