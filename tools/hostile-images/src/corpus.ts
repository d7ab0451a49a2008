import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Add, HostileImage } from './hostile-image.js';
import { jpegCoding, jpegColours, jpegEnds, jpegMetadata, jpegSizes } from './images/jpeg-images.js';
import { otherFormats, specialFiles } from './images/other-files.js';
import { pngColours, pngFaults, pngMetadata, pngSizes } from './images/png-images.js';
import { webpFaults, webpKinds, webpSizes } from './images/webp-images.js';

/** How the images of each kind are made. */
const KINDS: Readonly<Record<string, (add: Add) => void | Promise<void>>> = {
  'jpeg colours': jpegColours,
  'jpeg coding': jpegCoding,
  'jpeg ends': jpegEnds,
  'jpeg sizes': jpegSizes,
  'jpeg metadata': jpegMetadata,
  'png colours': pngColours,
  'png faults': pngFaults,
  'png sizes': pngSizes,
  'png metadata': pngMetadata,
  'webp kinds': webpKinds,
  'webp faults': webpFaults,
  'webp sizes': webpSizes,
  'other formats': otherFormats,
  'special files': specialFiles,
};

/** All images, the same in every run. */
export async function hostileImages(): Promise<readonly HostileImage[]> {
  const images: HostileImage[] = [];
  for (const [kind, make] of Object.entries(KINDS)) {
    await make((name, content, expected) => void images.push({ name, kind, content, expected }));
  }
  return images;
}

/** Writes images into a folder, and gives their paths. */
export function writeImages(folder: string, images: readonly HostileImage[]): string[] {
  mkdirSync(folder, { recursive: true });
  return images.map(({ name, content }) => {
    const path = join(folder, name);
    if (typeof content === 'function') content(path);
    else writeFileSync(path, content);
    return path;
  });
}
