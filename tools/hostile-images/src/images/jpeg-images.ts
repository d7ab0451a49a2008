import sharp from 'sharp';
import { refused, used, type Add } from '../hostile-image.js';
import { big16, exifOf, indexOf, joined, letters, patched, startOf } from './bytes.js';
import { plainJpeg } from './jpeg-writer.js';
import { HEIGHT, photo, plain, WIDTH } from './photo.js';

const whole = used(WIDTH, HEIGHT);
const turned = used(HEIGHT, WIDTH);

export const segment = (marker: number, data: Uint8Array): Uint8Array =>
  joined(Uint8Array.of(0xff, marker), big16(data.length + 2), data);
const withSegments = (jpeg: Uint8Array, ...segments: Uint8Array[]): Uint8Array =>
  joined(jpeg.subarray(0, 2), ...segments, jpeg.subarray(2));
const exif = (data: Uint8Array) => segment(0xe1, joined('Exif\0\0', data));
const EOI = Uint8Array.of(0xff, 0xd9);

export async function jpegColours(add: Add): Promise<void> {
  const cmyk = Uint8Array.from(await photo().toColourspace('cmyk').jpeg().toBuffer());
  add('grey.jpg', await photo().toColourspace('b-w').jpeg().toBuffer(), whole);
  add('cmyk.jpg', cmyk, whole);
  add(
    'inverted-cmyk.jpg',
    plainJpeg({ width: 64, height: 48, sampling: Array(4).fill([1, 1]), adobe: 0 }),
    whole,
  );
  add('ycck.jpg', plainJpeg({ width: 64, height: 48, sampling: Array(4).fill([1, 1]), adobe: 2 }), whole);
  add('cmyk-without-adobe.jpg', plainJpeg({ width: 64, height: 48, sampling: Array(4).fill([1, 1]) }), whole);
  add('rgb.jpg', plainJpeg({ width: 64, height: 48, sampling: Array(3).fill([1, 1]), adobe: 0 }), whole);
  add('two-components.jpg', plainJpeg({ width: 64, height: 48, sampling: Array(2).fill([1, 1]) }), whole);
  add('progressive.jpg', await photo().jpeg({ progressive: true }).toBuffer(), whole);
  add(
    'progressive-cmyk.jpg',
    await photo().toColourspace('cmyk').jpeg({ progressive: true }).toBuffer(),
    whole,
  );
  const colour = (h: number, v: number) => [[h, v], [1, 1], [1, 1]] as const; // prettier-ignore
  for (const [name, h, v] of [
    ['444', 1, 1],
    ['422', 2, 1],
    ['420', 2, 2],
    ['440', 1, 2],
    ['411', 4, 1],
    ['410', 4, 2],
  ] as const)
    // prettier-ignore
    add(`sampling-${name}.jpg`, plainJpeg({ width: 70, height: 50, sampling: colour(h, v) }), used(70, 50));
}

export async function jpegCoding(add: Add): Promise<void> {
  const size = { width: 64, height: 48 };
  const jpeg = Uint8Array.from(await photo().jpeg().toBuffer());
  for (const restart of [1, 3, 47])
    add(`restart-every-${restart}.jpg`, plainJpeg({ ...size, restart }), whole);
  add('restart-longer-than-picture.jpg', plainJpeg({ ...size, restart: 60000 }), whole);
  add('extended.jpg', plainJpeg({ ...size, frame: 0xc1 }), whole);
  // Any bytes are an arithmetic code of something.
  add('arithmetic.jpg', plainJpeg({ ...size, frame: 0xc9 }), whole);
  for (const [name, frame] of [
    ['lossless', 0xc3],
    ['hierarchical', 0xc5],
    ['arithmetic-lossless', 0xcb],
  ] as const) {
    add(`${name}.jpg`, plainJpeg({ ...size, frame }), refused('image-corrupt'));
  }
  add('12-bit.jpg', plainJpeg({ ...size, frame: 0xc1, precision: 12 }), refused('image-corrupt'));
  add('16-bit.jpg', plainJpeg({ ...size, precision: 16 }), refused('image-corrupt'));
  const frame = indexOf(jpeg, '\xff\xc0');
  const huffman = indexOf(jpeg, '\xff\xc4');
  const tables = indexOf(jpeg, '\xff\xdb');
  add('no-frame.jpg', joined(jpeg.subarray(0, frame), jpeg.subarray(frame + 19)), refused('image-corrupt'));
  add(
    'two-frames.jpg',
    joined(jpeg.subarray(0, frame), jpeg.subarray(frame, frame + 19), jpeg.subarray(frame)),
    refused('image-corrupt'),
  );
  add(
    'no-huffman-table.jpg',
    joined(jpeg.subarray(0, huffman), jpeg.subarray(indexOf(jpeg, '\xff\xda'))),
    whole,
  );
  add(
    'bad-huffman-table.jpg',
    patched(jpeg, huffman + 5, ...Array<number>(16).fill(255)),
    refused('image-corrupt'),
  );
  add(
    'no-quantisation.jpg',
    joined(jpeg.subarray(0, tables), jpeg.subarray(frame)),
    refused('image-corrupt'),
  );
  add('sampling-of-15.jpg', patched(jpeg, frame + 11, 0xff), refused('image-corrupt'));
  add('sampling-of-0.jpg', patched(jpeg, frame + 11, 0), refused('image-corrupt'));
  add(
    'segment-longer-than-file.jpg',
    joined(jpeg.subarray(0, 2), Uint8Array.of(0xff, 0xe5, 0xff, 0xff), jpeg.subarray(2)),
    refused('image-truncated'),
  );
  add(
    'segment-of-no-length.jpg',
    joined(jpeg.subarray(0, 2), Uint8Array.of(0xff, 0xe5, 0, 0), jpeg.subarray(2)),
    whole,
  );
  const progressive = Uint8Array.from(await photo().jpeg({ progressive: true }).toBuffer());
  const last = Buffer.from(progressive).lastIndexOf('\xff\xda', undefined, 'latin1');
  const scan = progressive.subarray(last, progressive.length - 2);
  add(
    'thousand-scans.jpg',
    joined(progressive.subarray(0, -2), ...Array<Uint8Array>(1000).fill(scan), EOI),
    refused('image-corrupt'),
  );
}

export async function jpegEnds(add: Add): Promise<void> {
  const jpeg = Uint8Array.from(await photo().jpeg().toBuffer());
  const progressive = Uint8Array.from(await photo().jpeg({ progressive: true }).toBuffer());
  add('3-bytes.jpg', jpeg.slice(0, 3), refused('image-truncated'));
  add('magic-and-end.jpg', joined(jpeg.subarray(0, 2), EOI), refused('image-corrupt'));
  for (const percent of [10, 50, 80]) {
    add(`${percent}-percent.jpg`, startOf(jpeg, percent / 100), refused('image-truncated'));
    add(
      `progressive-${percent}-percent.jpg`,
      startOf(progressive, percent / 100),
      refused('image-truncated'),
    );
  }
  add('half-with-end.jpg', joined(startOf(jpeg, 0.6), EOI), refused('image-truncated'));
  add(
    'zeros-from-60-percent.jpg',
    joined(startOf(jpeg, 0.6), new Uint8Array(800)),
    refused('image-truncated'),
  );
  add('no-end-marker.jpg', jpeg.slice(0, -2), refused('image-truncated'));
  add('trailing-zeros.jpg', joined(jpeg, new Uint8Array(5000)), whole);
  add('trailing-text.jpg', joined(jpeg, 'MPF '.repeat(500)), whole);
  add('two-pictures.jpg', joined(jpeg, await photo(20, 20).jpeg().toBuffer()), whole);
  add('jpeg-then-png.jpg', joined(jpeg, await photo(20, 20).png().toBuffer()), whole);
  add(
    'leading-fill.jpg',
    joined(jpeg.subarray(0, 2), new Uint8Array(50).fill(0xff), jpeg.subarray(2)),
    whole,
  );
}

export async function jpegSizes(add: Add): Promise<void> {
  const claim = (width: number, height: number) =>
    plainJpeg({ width: 16, height: 16, claimed: [width, height] });
  add('claims-65500.jpg', claim(65500, 65500), refused('image-truncated'));
  add('81-megapixels.jpg', await plain(9000, 9000).jpeg().toBuffer(), refused('image-too-large'));
  add('claims-8000.jpg', claim(8000, 8000), refused('image-truncated'));
  add('claims-no-width.jpg', claim(0, 16), refused('image-corrupt'));
  add('claims-no-height.jpg', claim(16, 0), refused('image-corrupt'));
  const colours = [[1, 1], [1, 1], [1, 1]] as const; // prettier-ignore
  add(
    'claims-progressive.jpg',
    plainJpeg({ width: 16, height: 16, sampling: colours, frame: 0xc2, claimed: [7900, 7900] }),
    refused('image-truncated'),
  );
  add('1x1.jpg', await photo(1, 1).jpeg().toBuffer(), used(1, 1));
  add('1x10000.jpg', await photo(1, 10000).jpeg().toBuffer(), used(1, 10000));
  add('10000x1.jpg', await photo(10000, 1).jpeg().toBuffer(), used(10000, 1));
  add('40-megapixels.jpg', await plain(8000, 5000).jpeg().toBuffer(), used(8000, 5000));
}

export async function jpegMetadata(add: Add): Promise<void> {
  const jpeg = Uint8Array.from(await photo().jpeg().toBuffer());
  for (let orientation = 1; orientation <= 8; orientation++) {
    add(
      `orientation-${orientation}.jpg`,
      withSegments(jpeg, exif(exifOf(orientation))),
      orientation > 4 ? turned : whole,
    );
  }
  add('orientation-0.jpg', withSegments(jpeg, exif(exifOf(0))), whole);
  add('orientation-99.jpg', withSegments(jpeg, exif(exifOf(99))), whole);
  add('exif-cut-off.jpg', withSegments(jpeg, exif(exifOf(6).slice(0, 15))), whole);
  add(
    'exif-of-nonsense.jpg',
    withSegments(jpeg, exif(letters('MM\0*\xff\xff\xff\xff' + '\xff'.repeat(200)))),
    whole,
  );
  const loop = joined('II*\0', Uint8Array.of(8, 0, 0, 0, 0, 0), Uint8Array.of(8, 0, 0, 0));
  add('exif-loop.jpg', withSegments(jpeg, exif(loop)), whole);
  add(
    'exif-65535-entries.jpg',
    withSegments(jpeg, exif(joined('MM\0*', Uint8Array.of(0, 0, 0, 8, 255, 255), new Uint8Array(60000)))),
    whole,
  );
  add('exif-twice.jpg', withSegments(jpeg, exif(exifOf(1)), exif(exifOf(8))), turned);
  add(
    '2000-segments.jpg',
    withSegments(
      jpeg,
      ...Array.from({ length: 2000 }, (_, i) => segment(0xe3 + (i % 9), new Uint8Array(50))),
    ),
    whole,
  );
  add(
    'huge-app13.jpg',
    withSegments(
      jpeg,
      ...Array.from({ length: 150 }, () => segment(0xed, joined('Photoshop 3.0\0', new Uint8Array(65000)))),
    ),
    whole,
  );
  add(
    'huge-comments.jpg',
    withSegments(jpeg, ...Array.from({ length: 100 }, () => segment(0xfe, new Uint8Array(65000).fill(65)))),
    whole,
  );
  add('comment-of-escapes.jpg', withSegments(jpeg, segment(0xfe, letters('\x1b[31m\x07\r\n\0'))), whole);
  const profile = (data: Uint8Array, part = 1, parts = 1) =>
    segment(0xe2, joined('ICC_PROFILE\0', Uint8Array.of(part, parts), data));
  add('icc-of-nonsense.jpg', withSegments(jpeg, profile(new Uint8Array(300).fill(7))), whole);
  add('icc-part-missing.jpg', withSegments(jpeg, profile(new Uint8Array(300), 2, 3)), whole);
  add(
    'icc-15-mb.jpg',
    withSegments(jpeg, ...Array.from({ length: 230 }, (_, i) => profile(new Uint8Array(65000), i + 1, 230))),
    whole,
  );
  const cmyk = await profileOf('cmyk');
  const pieces = Math.ceil(cmyk.length / 65000);
  const split = Array.from({ length: pieces }, (_, i) =>
    profile(cmyk.slice(65000 * i, 65000 * (i + 1)), i + 1, pieces),
  );
  add('icc-of-cmyk-on-rgb.jpg', withSegments(jpeg, ...split), whole);
  add('icc-p3.jpg', await photo().withIccProfile('p3').jpeg().toBuffer(), whole);
  const grey = Uint8Array.from(await photo().toColourspace('b-w').jpeg().toBuffer());
  add('icc-of-rgb-on-grey.jpg', withSegments(grey, profile(await profileOf('p3'))), whole);
}

/** A colour profile that comes with the encoder. */
async function profileOf(name: 'cmyk' | 'p3'): Promise<Uint8Array> {
  const { icc } = await sharp(await photo().withIccProfile(name).jpeg().toBuffer()).metadata();
  return Uint8Array.from(icc!);
}
