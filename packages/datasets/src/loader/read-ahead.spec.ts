import { readAhead } from './read-ahead.js';

const turn = () => new Promise((resolve) => setImmediate(resolve));

describe('readAhead', () => {
  it('gives results in order, whichever is ready first', async () => {
    const finish: (() => void)[] = [];
    const jobs = readAhead(
      (job) => new Promise<number>((resolve) => (finish[job] = () => resolve(job))),
      2,
      5,
      3,
    );
    const first = jobs.next();
    await turn();
    finish[4]();
    finish[3]();
    finish[2]();
    const seen = [(await first).value];
    for await (const job of jobs) seen.push(job);
    expect(seen).toEqual([2, 3, 4]);
  });

  it.each([1, 2, 5])('never runs more than %i ahead of a slow user', async (ahead) => {
    let started = 0;
    let used = 0;
    const start = async (job: number) => {
      started++;
      expect(started - used).toBeLessThanOrEqual(ahead + 1);
      return job;
    };
    for await (const job of readAhead(start, 0, 20, ahead)) {
      await turn();
      expect(started).toBe(Math.min(20, job + 1 + ahead));
      used++;
    }
    expect(used).toBe(20);
  });

  it('throws the error of a job when its turn comes', async () => {
    const start = async (job: number) => {
      if (job >= 2) throw new Error(`job ${job}`);
      return job;
    };
    const seen: number[] = [];
    const reading = (async () => {
      for await (const job of readAhead(start, 0, 9, 4)) {
        await turn();
        seen.push(job);
      }
    })();
    await expect(reading).rejects.toThrow('job 2');
    expect(seen).toEqual([0, 1]);
  });

  it('waits for what it started when it is left early', async () => {
    let running = 0;
    const start = async (job: number) => {
      running++;
      await turn();
      running--;
      return job;
    };
    for await (const job of readAhead(start, 0, 9, 3)) if (job === 1) break;
    expect(running).toBe(0);
  });
});
