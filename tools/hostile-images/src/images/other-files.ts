import { execFileSync } from 'node:child_process';
import { chmodSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { refused, used, type Add } from '../hostile-image.js';
import { big16, big32, joined, letters } from './bytes.js';
import { HEIGHT, photo, WIDTH } from './photo.js';

const whole = used(WIDTH, HEIGHT);

/** Files that are something else than they are called. */
export async function otherFormats(add: Add): Promise<void> {
  add('png-named.jpg', await photo().png().toBuffer(), whole);
  add('webp-named.png', await photo().webp().toBuffer(), whole);
  add('jpeg-named.webp', await photo().jpeg().toBuffer(), whole);
  add('no-ending', await photo().jpeg().toBuffer(), whole);
  const files: Record<string, Uint8Array | string> = {
    empty: '',
    'one-byte': '\xff',
    'three-bytes': '\x01\x02\x03',
    text: 'moved to the archive\n',
    html: '<!DOCTYPE html><html><body>404 Not Found</body></html>',
    svg: '<svg xmlns="http://www.w3.org/2000/svg" width="100000" height="100000"><image href="/etc/passwd"/></svg>',
    json: '{"error": "quota"}',
    'lfs-pointer': 'version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 5\n',
    zeros: new Uint8Array(4096),
    gif: Uint8Array.from(await photo().gif().toBuffer()),
    tiff: Uint8Array.from(await photo().tiff().toBuffer()),
    bmp: joined('BM', new Uint8Array(100)),
    ico: joined(Uint8Array.of(0, 0, 1, 0, 1, 0), new Uint8Array(100)),
    heic: joined(big32(24), 'ftypheic', new Uint8Array(100)),
    avif: joined(big32(24), 'ftypavif', new Uint8Array(100)),
    mp4: joined(big32(24), 'ftypisom', new Uint8Array(100)),
    pdf: '%PDF-1.7\n',
    psd: joined('8BPS', big16(1), new Uint8Array(100)),
    zip: joined('PK\x03\x04', new Uint8Array(100)),
    gzip: joined('\x1f\x8b\x08', new Uint8Array(100)),
    'jpeg-2000': joined(big32(12), 'jP  \r\n\x87\n', new Uint8Array(100)),
    'jpeg-xl': joined('\xff\x0a', new Uint8Array(100)),
    wave: joined('RIFF', new Uint8Array(4), 'WAVEfmt ', new Uint8Array(100)),
    portable: joined('P6\n4 4\n255\n', new Uint8Array(48)),
    'leading-space': joined('\n', await photo().jpeg().toBuffer()),
  };
  for (const [name, content] of Object.entries(files)) {
    const bytes = typeof content === 'string' ? letters(content) : content;
    add(`${name}-named.jpg`, bytes, refused('not-an-image'));
  }
}

/** What stands where an image should be and is no regular file. */
export async function specialFiles(add: Add): Promise<void> {
  const jpeg = await photo().jpeg().toBuffer();
  add('pipe.jpg', (path) => void execFileSync('mkfifo', [path]), refused('not-a-file'));
  add('folder.jpg', (path) => mkdirSync(path), refused('not-a-file'));
  add('endless-device.jpg', (path) => symlinkSync('/dev/zero', path), refused('not-a-file'));
  add('terminal.jpg', (path) => symlinkSync('/dev/tty', path), refused('not-a-file'));
  add('endless-text.jpg', (path) => symlinkSync('/proc/self/mem', path), refused('file-unreadable'));
  add('symlink-loop.jpg', (path) => symlinkSync('symlink-loop.jpg', path), refused('file-unreadable'));
  add('symlink-to-nothing.jpg', (path) => symlinkSync('nothing', path), refused('image-missing'));
  add('symlink-to-image.jpg', (path) => symlinkSync('wei rd \u00e9 name.jpg', path), whole);
  add('absent.jpg', () => {}, refused('image-missing'));
  add('wei rd \u00e9 name.jpg', jpeg, whole);
  add('\x1b[31mred\x1b[0m.jpg', jpeg, whole);
  add('line\nbreak.jpg', letters('no image'), refused('not-an-image'));
  add(`${'long'.repeat(60)}.jpg`, jpeg, whole);
  // The superuser may read everything.
  if (process.getuid?.() !== 0) {
    add(
      'unreadable.jpg',
      (path) => {
        writeFileSync(path, jpeg);
        chmodSync(path, 0);
      },
      refused('file-unreadable'),
    );
  }
}
