/** One decoded, normalised batch, ready for the engine. Shapes: B images, H x W pixels, K labels. */
export interface Batch {
  /** [B, H, W, 3], RGB, normalised. */
  readonly images: Float32Array;
  /** [B, K]: 1 present, 0 absent, soft values between, negative = ignore. */
  readonly targets: Float32Array;
  readonly size: number;
  readonly height: number;
  readonly width: number;
  /** Positions of the images in their data set. */
  readonly indices: Uint32Array;
}
