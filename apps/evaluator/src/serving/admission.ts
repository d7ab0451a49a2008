import { counted, sizeText } from '@polytag/core';
import { RequestError } from './request-error.js';

export interface AdmissionLimits {
  /** Images that are accepted and not answered yet. */
  readonly images: number;
  /** Bytes of pictures that are in memory: of bodies from their first byte to the answer, and of what is fetched. */
  readonly bytes: number;
}

/** How fast the mean of the images a second follows, s. */
const MEMORY = 5;
/** Seconds that `Retry-After` says at most. */
const LONGEST_WAIT = 60;

/**
 * How much of the server's work is accepted. What is more than it may be is refused at once (429), so that whatever is
 * accepted is answered in time and memory stays bounded.
 */
export class Admission {
  readonly limits: AdmissionLimits;
  #images = 0;
  #bytes = 0;
  #perSecond = 0;
  #lastDone = performance.now();

  constructor(limits: AdmissionLimits) {
    this.limits = limits;
  }

  get images(): number {
    return this.#images;
  }

  get bytes(): number {
    return this.#bytes;
  }

  /** @throws RequestError `serve/busy` where not one image more is accepted: asked before a body is read */
  assertRoom(): void {
    if (this.#images >= this.limits.images) throw this.#busy();
  }

  /**
   * Accepts images; call `doneWith` for each.
   *
   * @throws RequestError `serve/busy`; `serve/too-many-images` where they would never fit
   */
  accept(images: number): void {
    if (images > this.limits.images) {
      throw new RequestError(
        413,
        'serve/too-many-images',
        `The request has ${counted(images, 'image')}; the limit is ${this.limits.images}.`,
        { hint: 'Send several requests, or start the server with a larger --queue.' },
      );
    }
    if (this.#images + images > this.limits.images) throw this.#busy();
    this.#images += images;
  }

  doneWith(images: number): void {
    this.#images -= images;
    const now = performance.now();
    const seconds = Math.max((now - this.#lastDone) / 1000, 1e-6);
    this.#lastDone = now;
    const old = Math.exp(-seconds / MEMORY);
    this.#perSecond = old * this.#perSecond + (1 - old) * (images / seconds);
  }

  /** @throws RequestError `serve/busy`: no memory for so many bytes more. Call `freeBytes` for them. */
  acceptBytes(bytes: number): void {
    if (this.#bytes + bytes > this.limits.bytes) {
      throw new RequestError(
        429,
        'serve/busy',
        `The server is busy: pictures of ${sizeText(this.limits.bytes)}, its limit, are waiting.`,
        { hint: 'Try again later; see Retry-After.', retryAfter: 1 },
      );
    }
    this.#bytes += bytes;
  }

  freeBytes(bytes: number): void {
    this.#bytes -= bytes;
  }

  #busy(): RequestError {
    const seconds = this.#perSecond > 0 ? this.#images / this.#perSecond : 1;
    const retryAfter = Math.min(LONGEST_WAIT, Math.max(1, Math.ceil(seconds)));
    return new RequestError(
      429,
      'serve/busy',
      `The server is busy: ${counted(this.#images, 'image')} of ${this.limits.images} are waiting.`,
      { hint: 'Try again later; see Retry-After.', retryAfter },
    );
  }
}
