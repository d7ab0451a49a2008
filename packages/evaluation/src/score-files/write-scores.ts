import { writeFileAtomically } from '@polytag/files';

/** Probabilities of the images of a data set. */
export interface ScoresToWrite {
  /** Names of the K labels, in their order. */
  readonly labels: readonly string[];
  /** Names of the N images. */
  readonly images: readonly string[];
  /** [N, K] probabilities, row-major. */
  readonly scores: ArrayLike<number>;
}

/**
 * Writes scores atomically as CSV with the header `image,LABEL,LABEL…`, one line per image. Numbers have enough digits
 * for `readScores` to return the same values.
 *
 * @throws FileError `file/…` with the system's error name
 */
export async function writeScores(path: string, scores: ScoresToWrite): Promise<void> {
  await writeFileAtomically(path, csvLines(scores));
}

function* csvLines({ labels, images, scores }: ScoresToWrite): Generator<Uint8Array> {
  yield Buffer.from(csvLine(['image', ...labels]));
  for (const [n, image] of images.entries()) {
    const row = Array.from(labels, (_, k) => String(scores[n * labels.length + k]));
    yield Buffer.from(csvLine([image, ...row]));
  }
}

const csvLine = (cells: readonly string[]): string => `${cells.map(csvCell).join(',')}\n`;

/** Quoted where what stands in it would be taken for more than a cell (RFC 4180). */
const csvCell = (text: string): string =>
  /[",;\t\r\n]|^\s|\s$/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
