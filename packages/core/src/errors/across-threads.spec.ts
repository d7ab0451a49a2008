import { errorFromThread, failureOf } from './across-threads.js';
import { DataError, DivergenceError, PolytagError } from './errors.js';

const sent = (error: unknown) => errorFromThread('Replica 1', structuredClone(failureOf(error)));

it.each([
  new DataError('data/bad-images', 'It cannot be used.', { hint: 'Mend it.' }),
  new DivergenceError('training/diverged', 'NaN.'),
])('keeps class, code, hint and exit status: $name', (error) => {
  const got = sent(error) as PolytagError;
  expect(got).toBeInstanceOf(error.constructor);
  expect([got.code, got.hint, got.exitCode]).toEqual([error.code, error.hint, error.exitCode]);
  expect(got.message).toBe(`Replica 1: ${error.message}`);
});

it('keeps a defect one, with its stack, and a refusal of the system in its words', () => {
  const defect = sent(new TypeError('own head'));
  expect(defect).not.toBeInstanceOf(PolytagError);
  expect([defect.name, defect.message]).toEqual(['TypeError', 'Replica 1: own head']);
  expect(defect.stack).toContain('across-threads.spec');
  const full = Object.assign(new Error("ENOSPC: no space left on device, write 'a'"), { code: 'ENOSPC' });
  expect(sent(full)).toMatchObject({ message: full.message, code: 'ENOSPC' });
  expect(sent('text').message).toBe('Replica 1: text');
});
