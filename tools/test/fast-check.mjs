// What `import fc from 'fast-check'` means in a spec: fast-check, with the same seed at every run. A commit then passes
// or fails whenever it is tested; other seeds are for looking for more, not for a gate.
//   POLYTAG_TEST_SEED=random npx nx test metrics   a seed of its own for each property; one that fails prints it
//   POLYTAG_TEST_SEED=7 npx nx test metrics        seed 7
// A property's own seed, given to fc.assert, goes first.
import fc from 'fast-check-itself';

const { POLYTAG_TEST_SEED = '1' } = process.env;
if (POLYTAG_TEST_SEED !== 'random') {
  const seed = Number(POLYTAG_TEST_SEED);
  if (!/^-?\d+$/.test(POLYTAG_TEST_SEED) || seed !== (seed | 0))
    throw new Error(
      `POLYTAG_TEST_SEED is "${POLYTAG_TEST_SEED}": give a whole number of 32 bits, or "random"`,
    );
  fc.configureGlobal({ seed });
}

export * from 'fast-check-itself';
export default fc;
