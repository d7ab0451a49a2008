import { Budget } from './decode-budget.js';

it('lets as much run at once as there is, in the order of arrival', async () => {
  const budget = new Budget(4);
  const events: string[] = [];
  const ends: Record<string, () => void> = {};
  const hold = (name: string, amount: number) =>
    budget.hold(amount, async () => {
      events.push(`${name} starts`);
      await new Promise<void>((end) => (ends[name] = end));
      events.push(`${name} ends`);
    });
  const all = [hold('a', 3), hold('b', 2), hold('c', 1), hold('all', 99)];
  await Promise.resolve();
  // c would fit, but b came first.
  expect(events).toEqual(['a starts']);
  ends.a();
  await all[0];
  await Promise.resolve();
  expect(events).toEqual(['a starts', 'a ends', 'b starts', 'c starts']);
  ends.b();
  await all[1];
  expect(events).not.toContain('all starts');
  ends.c();
  await all[2];
  await Promise.resolve();
  expect(events.at(-1)).toBe('all starts');
  ends.all();
  await all[3];
});

it('gives back what a job held that failed', async () => {
  const budget = new Budget(1);
  await expect(budget.hold(1, () => Promise.reject(new Error('no')))).rejects.toThrow('no');
  expect(await budget.hold(1, async () => 'yes')).toBe('yes');
});
