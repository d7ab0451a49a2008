import { refused, used, type Add } from '../hostile-image.js';
import { exifOf, indexOf, joined, letters, patched, startOf } from './bytes.js';
import { HEIGHT, photo, plain, WIDTH } from './photo.js';
import { extended, frame, pictureOf, riffChunk, webpFile } from './webp-writer.js';

const whole = used(WIDTH, HEIGHT);
const turned = used(HEIGHT, WIDTH);
const file = async (options: { lossless?: boolean } = {}, alpha = false) =>
  Uint8Array.from(await (alpha ? photo().ensureAlpha(0.5) : photo()).webp(options).toBuffer());

export async function webpKinds(add: Add): Promise<void> {
  const lossy = await file();
  const picture = pictureOf(lossy);
  add('lossy.webp', lossy, whole);
  add('lossless.webp', await file({ lossless: true }), whole);
  add('lossy-alpha.webp', await file({}, true), whole);
  add('lossless-alpha.webp', await file({ lossless: true }, true), whole);
  const animation = riffChunk('ANIM', new Uint8Array(6));
  const one = frame(picture, WIDTH, HEIGHT);
  add('animated.webp', webpFile([extended(2, WIDTH, HEIGHT), animation, one, one]), whole);
  add(
    'animated-2000-frames.webp',
    webpFile([extended(2, WIDTH, HEIGHT), animation, ...Array<Uint8Array>(2000).fill(one)]),
    whole,
  );
  add(
    'animated-without-frames.webp',
    webpFile([extended(2, WIDTH, HEIGHT), animation]),
    refused('image-corrupt'),
  );
  add(
    'frame-outside-canvas.webp',
    webpFile([extended(2, WIDTH, HEIGHT), animation, frame(picture, WIDTH, HEIGHT, 40)]),
    refused('image-corrupt'),
  );
  const withMetadata = (flags: number, before: Uint8Array[], ...after: Uint8Array[]) =>
    webpFile([extended(flags, WIDTH, HEIGHT), ...before, picture, ...after]);
  for (const orientation of [1, 3, 6, 8]) {
    add(
      `orientation-${orientation}.webp`,
      withMetadata(8, [], riffChunk('EXIF', exifOf(orientation))),
      orientation > 4 ? turned : whole,
    );
  }
  add(
    'exif-with-jpeg-heading.webp',
    withMetadata(8, [], riffChunk('EXIF', joined('Exif\0\0', exifOf(6)))),
    turned,
  );
  add('broken-exif.webp', withMetadata(8, [], riffChunk('EXIF', letters('MM\0*\xff'))), whole);
  add('huge-xmp.webp', withMetadata(4, [], riffChunk('XMP ', new Uint8Array(20e6).fill(60))), whole);
  add(
    'huge-exif.webp',
    withMetadata(8, [], riffChunk('EXIF', joined(exifOf(6), new Uint8Array(20e6)))),
    turned,
  );
  add('huge-unknown-chunk.webp', withMetadata(0, [riffChunk('JUNK', new Uint8Array(20e6))]), whole);
  add('huge-profile.webp', withMetadata(32, [riffChunk('ICCP', new Uint8Array(20e6))]), whole);
  add('profile-of-nonsense.webp', withMetadata(32, [riffChunk('ICCP', new Uint8Array(500).fill(7))]), whole);
  add('icc-p3.webp', await photo().withIccProfile('p3').webp().toBuffer(), whole);
}

export async function webpFaults(add: Add): Promise<void> {
  const lossy = await file();
  const lossless = await file({ lossless: true });
  const picture = pictureOf(lossy);
  for (const percent of [5, 50, 95]) {
    add(`${percent}-percent.webp`, startOf(lossy, percent / 100), refused('image-truncated'));
    add(`lossless-${percent}-percent.webp`, startOf(lossless, percent / 100), refused('image-truncated'));
  }
  add('riff-alone.webp', lossy.slice(0, 12), refused('image-truncated'));
  add('riff-longer-than-file.webp', webpFile([picture], 0x7ffffff0), refused('image-truncated'));
  add('riff-shorter-than-file.webp', webpFile([picture], 100), refused('image-corrupt'));
  add('riff-of-no-length.webp', webpFile([picture], 0), refused('image-corrupt'));
  add(
    'chunk-longer-than-file.webp',
    webpFile([riffChunk('VP8 ', picture.subarray(8), 0x7ffffff0)]),
    refused('image-corrupt'),
  );
  add('no-picture.webp', webpFile([extended(0, WIDTH, HEIGHT)]), refused('image-corrupt'));
  add(
    'picture-of-nonsense.webp',
    webpFile([riffChunk('VP8 ', new Uint8Array(500).fill(0x55))]),
    refused('image-corrupt'),
  );
  add('canvas-of-another-size.webp', webpFile([extended(0, 20, 20), picture]), refused('image-corrupt'));
  add('trailing-garbage.webp', joined(lossy, 'garbage'.repeat(500)), whole);
  add('two-pictures.webp', joined(lossy, lossless), whole);
  const middle = indexOf(lossless, 'VP8L') + 60;
  add(
    'lossless-overwritten.webp',
    patched(lossless, middle, ...Array<number>(200).fill(0)),
    refused('image-corrupt'),
  );
}

export async function webpSizes(add: Add): Promise<void> {
  const picture = pictureOf(await file());
  const lossless = await file({ lossless: true });
  add('claims-16777216.webp', webpFile([extended(0, 2 ** 24, 2 ** 24), picture]), refused('image-too-large'));
  add('claims-8000.webp', webpFile([extended(0, 8000, 8000), picture]), refused('image-corrupt'));
  const at = indexOf(lossless, 'VP8L') + 9;
  add(
    'lossless-claims-16384.webp',
    patched(lossless, at, 0xff, 0xff, 0xff, 0x0f),
    refused('image-too-large'),
  );
  add('1x1.webp', await photo(1, 1).webp().toBuffer(), used(1, 1));
  add('1x10000.webp', await photo(1, 10000).webp().toBuffer(), used(1, 10000));
  add('10000x1.webp', await photo(10000, 1).webp().toBuffer(), used(10000, 1));
  // Of all formats this takes most memory: what exceeds it is decoded smaller.
  add('20-megapixels.webp', await plain(5000, 4000).webp({ effort: 0 }).toBuffer(), used(5000, 4000));
  add('40-megapixels.webp', await plain(8000, 5000).webp({ effort: 0 }).toBuffer(), used(4000, 2500));
  add(
    '40-megapixels-lossless.webp',
    await plain(8000, 5000, 4).webp({ lossless: true, effort: 0 }).toBuffer(),
    used(4000, 2500),
  );
}
