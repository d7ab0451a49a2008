import { asCsv } from './copied.ts';

const csv = (image: string, label: string, model?: string) =>
  asCsv([{ image, ...(model !== undefined && { model }), labels: [{ label, score: 0.5 }] }]);

it.each([
  ['=1+1', "'=1+1"],
  ['+1', "'+1"],
  ['-1', "'-1"],
  ['@SUM(A1)', "'@SUM(A1)"],
  ['\tx', "'\tx"],
  ['\rx', '"\'\rx"'],
  ['=cmd|"/c calc"!A1', '"\'=cmd|""/c calc""!A1"'],
  ['a,b', '"a,b"'],
  ['say "x"', '"say ""x"""'],
  ['two\nlines', '"two\nlines"'],
  ['cat', 'cat'],
])('of %j makes a cell that is text, in each column', (hostile, cell) => {
  expect(csv(hostile, 'cat')).toBe(`image,label,score\n${cell},cat,0.5\n`);
  expect(csv('a.jpg', hostile)).toBe(`image,label,score\na.jpg,${cell},0.5\n`);
  expect(csv('a.jpg', 'cat', hostile)).toBe(`image,model,label,score\na.jpg,${cell},cat,0.5\n`);
});
