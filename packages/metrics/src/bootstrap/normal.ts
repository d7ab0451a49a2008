const { abs, exp, PI, sqrt } = Math;

/** Beyond this the distribution is 0 or 1 to the last bit that matters here. */
const FAR = 8;

/** The normal distribution's Φ(x), to about 1e-15: the series of Marsaglia, "Evaluating the Normal Distribution" (2004). */
export function normalCdf(x: number): number {
  if (x < -FAR) return 0;
  if (x > FAR) return 1;
  let sum = x;
  let term = x;
  for (let i = 3; abs(term) > 1e-18 * abs(sum); i += 2) {
    term *= (x * x) / i;
    sum += term;
  }
  return 0.5 + sum * normalDensity(x);
}

/** Its inverse for 0 < p < 1, by halving the interval. */
export function normalQuantile(p: number): number {
  let [low, high] = [-FAR, FAR];
  for (let i = 0; i < 60; i++) {
    const middle = (low + high) / 2;
    if (normalCdf(middle) < p) low = middle;
    else high = middle;
  }
  return (low + high) / 2;
}

const normalDensity = (x: number) => exp((-x * x) / 2) / sqrt(2 * PI);
