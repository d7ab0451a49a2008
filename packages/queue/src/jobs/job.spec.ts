import { jobId, jobSchema } from './job.js';

const job = { kind: 'trial', version: 1, parameters: { b: [1, { y: 2, x: null }], a: 'text' } };

it('names the same work by the same id, whatever the order of keys, and other work by another', () => {
  const same = {
    parameters: { a: 'text', b: [1, { x: null, y: 2 }], c: undefined },
    version: 1,
    kind: 'trial',
  };
  expect(jobId(job)).toMatch(/^trial-[0-9a-f]{40}$/);
  expect(jobId(same)).toBe(jobId(job));
  const others = [
    { ...job, version: 2 },
    { ...job, parameters: { ...job.parameters, a: 'Text' } },
    { ...job, parameters: { ...job.parameters, b: [{ y: 2, x: null }, 1] } },
  ];
  expect(new Set([job, ...others].map(jobId)).size).toBe(4);
});

it.each([
  [{ ...job, kind: '../x' }],
  [{ ...job, version: 0 }],
  [{ ...job, code: 'x' }],
  [{ ...job, parameters: { f: () => 1 } }],
  ['trial'],
])('refuses %j as a job', (value) => {
  expect(jobSchema.safeParse(value).success).toBe(false);
});
