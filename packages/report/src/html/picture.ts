/** A picture that goes into a page. */
export interface Thumbnail {
  readonly type: 'image/jpeg' | 'image/png' | 'image/webp';
  /** The content of its file. */
  readonly bytes: Uint8Array;
  /** Pixels. Heat maps are laid over pictures whose size is known. */
  readonly size?: { readonly height: number; readonly width: number };
}

/** Width over height of a picture whose heat maps are shown. */
export const ratioOf = ({ size }: Thumbnail): number | undefined =>
  size && Number((size.width / size.height).toPrecision(4));

/** The picture as an address that holds it. Without `Buffer`: the package runs in a browser too. */
export function pictureAddress({ type, bytes }: Thumbnail): string {
  let text = '';
  for (const byte of bytes) text += String.fromCharCode(byte);
  return `data:${type};base64,${btoa(text)}`;
}
