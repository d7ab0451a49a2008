import { stat } from 'node:fs/promises';
import { DataError, printable, sizeText } from '@polytag/core';
import { readFileBytes } from '@polytag/files';
import sharp from 'sharp';
import type { ImageContainer } from './container/image-container.js';
import { readContainer } from './container/read-container.js';
import { jpegShare } from './container/jpeg-share.js';
import { Budget } from './decode-budget.js';
import { withLargeImageLock, withoutLargeImages } from './large-image-lock.js';
import { describeContent, imageFormat, isTruncated, type ImageFormat } from './image-format.js';

/** 8-bit RGB pixels, row by row. */
export interface RgbImage {
  /** [height, width, 3] */
  readonly pixels: Uint8Array;
  readonly height: number;
  readonly width: number;
}

export interface DecodeOptions {
  /**
   * Maximum number of pixels of an image: a small file can claim gigabytes. It also limits memory, to {@link
   * BYTES_PER_PIXEL} per pixel. Default {@link MAX_PIXELS}.
   */
  readonly maxPixels?: number;
}

export const MAX_PIXELS = 64_000_000;

/**
 * Memory limit of decoding, per allowed pixel: 282 MB by default. 3 bytes are the result; the rest is for the file, and
 * for images that are rotated, interlaced or progressive, if they are smaller.
 */
export const BYTES_PER_PIXEL = 4.4;

/** What decoding one image takes at most, under the default limit. */
const MEMORY = BYTES_PER_PIXEL * MAX_PIXELS;

/** Images that a thread decodes at once. */
const LANES = 4;
/** Files up to this size are read before it is known what they take. */
const SMALL_FILE = 8 * 2 ** 20;

/** A JPEG of which less is there is refused. */
const LEAST_SHARE = 0.9;

const lanes = new Budget(LANES);
/** Held by each decoder at work. What failed beside others is decoded once more with all of it. */
const decoders = new Budget(LANES);
/** Amounts are shares of what one image may take: an image at the limit is decoded alone. */
const memory = new Budget(1);
/** An image that takes more of it is large: of those, one is decoded at a time, whatever the number of threads. */
const LARGE_SHARE = 0.5;
/** One that takes more than this, and is not large, is not decoded beside a large one. */
const SMALL_SHARE = 0.1;

/**
 * Decodes a JPEG, PNG or WebP to upright 8-bit RGB. The EXIF orientation is applied; grey, 16-bit and CMYK images are
 * converted to sRGB; transparency is dropped; the first frame of an animation is used. Metadata is removed before
 * decoding.
 *
 * An image that would need more than 282 MB at full size, although it has few enough pixels, is decoded at a half, a
 * quarter or an eighth of its width and height. This never happens up to 8 million pixels, and for baseline JPEG, as
 * cameras write it, up to 40 million. What needs more even so is refused, or, with a raised limit, decoded.
 *
 * A JPEG with overwritten bytes in the middle decodes to a damaged picture without an error. One that lacks its end, or
 * more than a tenth of its picture, is refused.
 *
 * @param name name of the image in errors
 * @throws DataError `data/not-an-image`, `data/image-truncated`, `data/image-too-large`, `data/image-corrupt`
 */
export async function decodeImage(
  bytes: Uint8Array,
  name: string,
  options: DecodeOptions = {},
): Promise<RgbImage> {
  return withDecoded(bytes, name, options, (image) => image);
}

/**
 * Reads the bytes of an image file.
 *
 * @throws DataError `data/image-missing`, `data/not-a-file`, `data/file-too-large`, `data/file-unreadable`
 */
export async function readImageFile(
  path: string,
  { maxPixels = MAX_PIXELS }: DecodeOptions = {},
): Promise<Uint8Array> {
  try {
    return await readFileBytes(path, {
      what: 'image',
      hint: 'Check the path.',
      maxBytes: Math.floor(BYTES_PER_PIXEL * maxPixels),
    });
  } catch (error) {
    if (!(error instanceof DataError) || error.code !== 'data/file-missing') throw error;
    throw new DataError('data/image-missing', error.message, { hint: error.hint, cause: error.cause });
  }
}

/**
 * Reads and decodes an image file.
 *
 * @throws DataError the errors of {@link readImageFile} and {@link decodeImage}
 */
export async function readImage(path: string, options: DecodeOptions = {}): Promise<RgbImage> {
  return withImage(path, options, (image) => image);
}

/**
 * Reads and decodes a file and hands the image, and the file's bytes, to `use`. Until that returns, the image counts as memory that decoding
 * takes: of many images in the making, those wait for which there is none.
 *
 * @throws DataError the errors of {@link readImageFile} and {@link decodeImage}
 */
export function withImage<Result>(
  path: string,
  options: DecodeOptions,
  use: (image: RgbImage, bytes: Uint8Array) => Result,
): Promise<Result> {
  return lanes.hold(1, async () => {
    const isLarge = (await sizeOf(path)) > SMALL_FILE;
    const read = async (budget?: Budget) =>
      useDecoded({ bytes: await readImageFile(path, options), name: path }, options, use, budget);
    return isLarge ? memory.hold(1, () => withLargeImageLock(() => read())) : read(memory);
  });
}

/** As {@link withImage}, of a file's bytes. */
export function withDecoded<Result>(
  bytes: Uint8Array,
  name: string,
  options: DecodeOptions,
  use: (image: RgbImage) => Result,
): Promise<Result> {
  return lanes.hold(1, () => useDecoded({ bytes, name }, options, use, memory));
}

/** 0 of what is no file, or cannot be looked at: reading it tells why. */
const sizeOf = (path: string): Promise<number> =>
  stat(path).then(
    (found) => found.size,
    () => 0,
  );

interface NamedBytes {
  readonly bytes: Uint8Array;
  readonly name: string;
}

async function useDecoded<Result>(
  { bytes, name: given }: NamedBytes,
  { maxPixels = MAX_PIXELS }: DecodeOptions,
  use: (image: RgbImage, bytes: Uint8Array) => Result,
  budget?: Budget,
): Promise<Result> {
  const name = printable(given, 400);
  const format = imageFormat(bytes);
  if (!format) {
    throw new DataError('data/not-an-image', `${name} ${describeContent(bytes)}, not a JPEG, PNG or WebP.`, {
      hint: 'Convert it to JPEG, PNG or WebP, or leave it out.',
    });
  }
  const container = readContainer(format, bytes);
  if (container.lacks) throw cutOff(name, container.lacks);
  const plan = planned(container, bytes, name, maxPixels);
  const job = async () => use(await decodedAs(plan, { format, bytes, name, maxPixels }), bytes);
  if (!budget) return job();
  return budget.hold(plan.share, () => inTurn(plan.share, job));
}

function inTurn<Result>(share: number, job: () => Promise<Result>): Promise<Result> {
  if (share > LARGE_SHARE) return withLargeImageLock(job);
  return share > SMALL_SHARE ? withoutLargeImages(job) : job();
}

interface DecodePlan {
  readonly container: ImageContainer;
  /** Width and height are divided by this: 1, 2, 4 or 8. */
  readonly shrink: number;
  /** Of the memory that an image may take. */
  readonly share: number;
}

/** @throws DataError `data/image-too-large` */
function planned(container: ImageContainer, file: Uint8Array, name: string, maxPixels: number): DecodePlan {
  const { width, height, orientation, bytesPerPixel, heldBytes, shrinkableBytes = 0, bytes } = container;
  const pixels = width * height;
  if (pixels > maxPixels) throw tooManyPixels(name, maxPixels, `${width} x ${height}`);
  const allowed = BYTES_PER_PIXEL * maxPixels;
  const fixed = heldBytes + file.length + (bytes.buffer === file.buffer ? 0 : bytes.length);
  // The result, and a copy of a picture that is turned.
  const scaled = shrinkableBytes + pixels * (3 + (orientation === 1 ? 0 : bytesPerPixel));
  const largestWithin = (limit: number) =>
    [1, 2, 4, 8].find((factor) => fixed + scaled / factor ** 2 <= limit);
  // A raised limit is for what would not fit otherwise: more pixels than the default allows are no use to a network.
  const shrink = largestWithin(Math.min(allowed, MEMORY)) ?? largestWithin(allowed);
  if (shrink !== undefined) return { container, shrink, share: (fixed + scaled / shrink ** 2) / allowed };
  throw new DataError(
    'data/image-too-large',
    `${name} needs ${sizeText(fixed + scaled / 64)} of memory to decode (${width} x ${height} pixels, ` +
      `a file of ${sizeText(file.length)}); the limit is ${sizeText(allowed)}.`,
    {
      hint: 'Save it at a smaller size, or raise the limit (--max-pixels, for training --set data.maxPixels=N, in a program maxPixels): each pixel allows 4.4 bytes.',
    },
  );
}

interface Source extends NamedBytes {
  readonly format: ImageFormat;
  readonly maxPixels: number;
}

async function decodedAs(plan: DecodePlan, source: Source): Promise<RgbImage> {
  const { format, bytes, name, maxPixels } = source;
  // libjpeg warns of much that does no harm. What it cannot tell is how much of the picture is there.
  const strictly = format === 'jpeg' ? 'warning' : 'error';
  const image = await decoders.hold(1, () => decode(plan, maxPixels, strictly)).catch(() => undefined);
  if (image) return image;
  try {
    // What the decoder says of a fault is kept once for the whole process: beside others it can be said of another image.
    const image = await decoders.hold(LANES, () => decode(plan, maxPixels, 'error'));
    const share = format === 'jpeg' ? jpegShare(plan.container.bytes) : 1;
    if (share >= LEAST_SHARE) return image;
    throw cutOff(name, `has ${Math.floor(100 * share)} % of its picture`);
  } catch (cause) {
    if (cause instanceof DataError) throw cause;
    const reason = (cause as Error).message;
    if (reason.includes('pixel limit')) throw tooManyPixels(name, maxPixels);
    if (isTruncated(format, bytes)) throw cutOff(name, 'is truncated: its end is missing', cause);
    const what = plan.container.fault ?? inPlainWords(reason);
    throw new DataError('data/image-corrupt', `${name} cannot be decoded: ${what}.`, {
      hint: 'Copy the file again, save it again, or leave it out.',
      cause,
    });
  }
}

/** What a decoder says, which of a PNG or WebP is next to nothing. */
function inPlainWords(reason: string): string {
  // libvips says the same once more for each attempt.
  const [first] = reason.split('\n');
  const said = first.replace(/^Input buffer has corrupt header: ?/, '').replace(/^VipsJpeg: /, '');
  if (said === '' || said === 'Unknown error' || said.includes('unsupported image format'))
    return 'its header is damaged';
  if (said.includes('omitted at compile time')) return 'this kind of JPEG is not supported';
  if (said.includes('unable to parse image')) return 'its parts are inconsistent';
  if (said.includes('libpng read error') || said.includes('unable to read pixels'))
    return 'its image data is damaged';
  return printable(said);
}

async function decode(
  { container: { bytes, width, height, orientation }, shrink }: DecodePlan,
  maxPixels: number,
  failOn: 'error' | 'warning',
): Promise<RgbImage> {
  oneThreadAnImage();
  const image = sharp(bytes, { limitInputPixels: maxPixels, failOn }).autoOrient();
  if (shrink > 1) {
    const [across, down] = orientation > 4 ? [height, width] : [width, height];
    image.resize(Math.ceil(across / shrink), Math.ceil(down / shrink), { fit: 'fill', kernel: 'linear' });
  }
  const { data, info } = await image
    .toColourspace('srgb')
    .removeAlpha()
    .raw({ depth: 'uchar' })
    .toBuffer({ resolveWithObject: true });
  return { pixels: data, height: info.height, width: info.width };
}

function cutOff(name: string, how: string, cause?: unknown): DataError {
  return new DataError('data/image-truncated', `${name} ${how}.`, {
    hint: 'Copy the file again, or leave it out.',
    cause,
  });
}

function tooManyPixels(name: string, maxPixels: number, size?: string): DataError {
  return new DataError(
    'data/image-too-large',
    `${name} has ${size ? `${size} pixels; the limit is ` : 'more than '}${maxPixels / 1e6} million pixels.`,
    {
      hint: 'Save it at a smaller size, leave it out, or raise the limit (--max-pixels, for training --set data.maxPixels=N, in a program maxPixels).',
    },
  );
}

let prepared = false;

/** Images are decoded side by side; threads within one would only compete with the training. */
function oneThreadAnImage(): void {
  if (prepared) return;
  sharp.concurrency(1);
  sharp.cache(false);
  prepared = true;
}
