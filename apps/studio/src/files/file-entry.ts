/** A file with its path in what was dropped or chosen. */
export interface FileEntry {
  readonly path: string;
  readonly blob: Blob;
}
