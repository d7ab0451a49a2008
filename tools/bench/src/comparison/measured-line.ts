/** What one side of a comparison says at its end. */
export interface Measurement {
  readonly msPerImage: number;
  readonly imagesPerSecond: number;
}

const NUMBER = String.raw`(\d+(?:\.\d+)?)`;
const TAIL = new RegExp(`: ${NUMBER} ms/image, ${NUMBER} images/s$`);

/** The last line that ends in `: X ms/image, Y images/s`, or undefined when there is none. */
export function parseMeasurement(text: string): Measurement | undefined {
  const match = text
    .split(/\r?\n/)
    .map((line) => TAIL.exec(line.trimEnd()))
    .findLast((found) => found !== null);
  if (!match) return undefined;
  const [msPerImage, imagesPerSecond] = [Number(match[1]), Number(match[2])];
  return msPerImage > 0 ? { msPerImage, imagesPerSecond } : undefined;
}

/** The same line, from the milliseconds that a step on a batch takes. */
export function measuredLine(name: string, msPerStep: number, batch: number): string {
  return `${name}: ${(msPerStep / batch).toFixed(2)} ms/image, ${((1000 * batch) / msPerStep).toFixed(1)} images/s`;
}
