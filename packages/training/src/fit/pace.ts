/** Weight of the newest step in the running mean. */
const NEWEST = 0.1;

/** How fast training goes: a running mean of the seconds a step takes. */
export class Pace {
  #secondsPerStep = 0;
  #imagesPerStep = 0;

  add(seconds: number, images: number): void {
    const weight = this.#secondsPerStep === 0 ? 1 : NEWEST;
    this.#secondsPerStep += weight * (seconds - this.#secondsPerStep);
    this.#imagesPerStep += weight * (images - this.#imagesPerStep);
  }

  get imagesPerSecond(): number {
    return this.#secondsPerStep === 0 ? 0 : this.#imagesPerStep / this.#secondsPerStep;
  }

  secondsFor(steps: number): number {
    return steps * this.#secondsPerStep;
  }
}
