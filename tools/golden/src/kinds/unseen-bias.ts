/**
 * A bias in front of batch normalisation has no effect on the loss: its gradient is zero, and what a computer
 * finds is rounding noise. SGD passes the noise on at its size (1e-8), but Adam divides it by its own root mean
 * square, so in the first steps such a bias walks up to a learning rate a step, in a direction that depends on
 * the arithmetic (the cases are float64, the engine is float32). The one other number that sees the bias is the
 * running mean, which is shifted by the same walk, averaged. So with Adam the bias is held to the length
 * that such a walk can have, and everything else to the case's tolerance, the running mean after its known
 * shift is added.
 */
export class UnseenBias {
  /** got − expected: of the bias after the last step, of the running mean, and of both in the weight average. */
  #bias: Float64Array;
  #mean: Float64Array;
  #averageBias: Float64Array;
  #averageMean: Float64Array;
  #reach = 0;

  constructor(size: number) {
    this.#bias = new Float64Array(size);
    this.#mean = new Float64Array(size);
    this.#averageBias = new Float64Array(size);
    this.#averageMean = new Float64Array(size);
  }

  /** Adam moves a weight by at most this many learning rates a step (Kingma and Ba, 2015, section 2.1). */
  static largestStep(beta1: number, beta2: number): number {
    return Math.max(1, (1 - beta1) / Math.sqrt(1 - beta2));
  }

  /**
   * One training step.
   *
   * @param forwards how often the step ran the network forward, each time moving the running mean by a tenth
   * @param largestStep how far the bias can go in this step
   * @throws when the bias is further from the expected one than two walks can be
   */
  step(
    got: ArrayLike<number>,
    expected: ArrayLike<number>,
    forwards: number,
    largestStep: number,
    decay: number | null,
  ): void {
    for (let i = 0; i < forwards; i++)
      this.#mean = this.#mean.map((shift, j) => 0.9 * shift + 0.1 * this.#bias[j]);
    this.#reach += 2 * largestStep;
    this.#bias = Float64Array.from(expected, (value, i) => got[i] - value);
    const furthest = Math.max(...this.#bias.map(Math.abs));
    if (!(furthest <= this.#reach))
      throw new Error(`the bias is ${furthest} from the expected one, at most ${this.#reach} is possible`);
    if (decay === null) return;
    const average = (old: Float64Array, now: Float64Array) =>
      old.map((value, i) => decay * value + (1 - decay) * now[i]);
    this.#averageBias = average(this.#averageBias, this.#bias);
    this.#averageMean = average(this.#averageMean, this.#mean);
  }

  /** What to expect of a parameter, given how the bias has walked. */
  shifted(key: string, expected: ArrayLike<number>, averaged: boolean): Float64Array {
    const values = Float64Array.from(expected);
    const [bias, mean] = averaged ? [this.#averageBias, this.#averageMean] : [this.#bias, this.#mean];
    if (key === 'fc1.bias') return values.map((value, i) => value + bias[i]);
    if (key === 'bn1.running_mean') return values.map((value, i) => value + mean[i]);
    return values;
  }
}
