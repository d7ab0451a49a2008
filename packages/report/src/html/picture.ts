/** A picture that goes into a page. */
export interface Thumbnail {
  readonly type: 'image/jpeg' | 'image/png' | 'image/webp';
  /** The content of its file. */
  readonly bytes: Uint8Array;
}

/** The picture as an address that holds it. Without `Buffer`: the package runs in a browser too. */
export function pictureAddress({ type, bytes }: Thumbnail): string {
  let text = '';
  for (const byte of bytes) text += String.fromCharCode(byte);
  return `data:${type};base64,${btoa(text)}`;
}
