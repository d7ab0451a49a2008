/** What becomes of an image: it is used, at the size of its upright picture, or refused with a code. */
export type Expectation =
  | { readonly width: number; readonly height: number; readonly code?: undefined }
  | { readonly code: RefusalCode };

export type RefusalCode =
  | 'data/image-missing'
  | 'data/not-a-file'
  | 'data/file-unreadable'
  | 'data/not-an-image'
  | 'data/image-truncated'
  | 'data/image-too-large'
  | 'data/image-corrupt';

/** One image of the corpus. */
export interface HostileImage {
  /** Its file name. */
  readonly name: string;
  readonly kind: string;
  readonly expected: Expectation;
  /** Its content, or how something that is no regular file is put in its place. */
  readonly content: Uint8Array | ((path: string) => void);
}

/** Names the images of one kind. */
export type Add = (name: string, content: HostileImage['content'], expected: Expectation) => void;

export const used = (width: number, height: number): Expectation => ({ width, height });
export const refused = (reason: string): Expectation => ({ code: `data/${reason}` as RefusalCode });
