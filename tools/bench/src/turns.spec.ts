import { Turns } from './turns.js';

it('says what runs and what is left, from the mean of the turns so far', async () => {
  let clock = 0;
  const said: string[] = [];
  const turns = new Turns(
    4,
    (line) => said.push(line),
    () => clock,
  );
  const lasting = (seconds: number) => async () => {
    clock += seconds;
    return seconds;
  };
  expect(await turns.take('ours', lasting(10))).toBe(10);
  await turns.take('theirs', lasting(30));
  await turns.take('ours', lasting(20));
  await turns.take('theirs', lasting(1));

  expect(said).toEqual([
    '1/4 ours',
    '2/4 theirs, about 0:30 left',
    '3/4 ours, about 0:40 left',
    '4/4 theirs, about 0:20 left',
  ]);
});
