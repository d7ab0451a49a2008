import { loadModel } from '@polytag/model';
import { polytagEval, ModelProject } from '../evaluator.fixture.js';

let project: ModelProject;
beforeAll(async () => void (project = await ModelProject.make()));
afterAll(() => project.remove());

it('tells the model, the machine, and figures that agree with one another', async () => {
  const { status, out, err } = await polytagEval(
    ...['benchmark', '--model', project.best, '--batch', '4', '--rounds', '5'],
  );
  expect(status).toBe(0);
  const [network, size, machine, ...rest] = out.trimEnd().split('\n');
  expect(network).toBe('mobilenet-v3-small + linear, 16 labels, 32 x 32 pixels');
  const model = await loadModel(project.best);
  const { parameters } = model.summarise();
  model.dispose();
  expect(size).toContain(`${(parameters / 1e6).toFixed(2)} million weights`);
  expect(machine).toMatch(
    new RegExp(
      `Node ${process.versions.node}, engine wasm \\((relaxed|plain) SIMD, (native \\w+|not natively: .+)\\)$`,
    ),
  );
  expect(rest.at(-1)).toMatch(/^heap \d+ MB$/);
  const rows = rest.slice(0, -1).map((row) => {
    const [count, median, low, high, each, rate] = row.match(/[\d.]+/g)!.map(Number);
    expect(low).toBeLessThanOrEqual(median);
    expect(median).toBeLessThanOrEqual(high);
    expect(Math.abs(each - median / count)).toBeLessThan(0.06 / count + 0.01);
    // What is printed is rounded: to 0.1 ms, and to whole images a second.
    expect(Math.abs(rate - (1000 * count) / median)).toBeLessThan(1 + (0.06 * rate) / median);
    return count;
  });
  expect(rows).toEqual([1, 4]);
  expect(err).toMatch(/rounds {2}10\/10/);
});

it('measures one at a time alone when that is the batch', async () => {
  const { out } = await polytagEval('benchmark', '--model', project.best, '--batch', '1', '--rounds', '1');
  expect(out.match(/at a time/g)).toHaveLength(1);
});

it('refuses a model that is not there', async () => {
  const { status, err } = await polytagEval('benchmark', '--model', project.path('none'));
  expect([status, err]).toEqual([4, expect.stringContaining('code: checkpoint/not-found')]);
});
