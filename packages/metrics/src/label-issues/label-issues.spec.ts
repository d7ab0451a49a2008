import { scoreTable } from '../scores/score-table.js';
import { imageIssues, labelIssues } from './label-issues.js';

// Two labels: the first image lacks the first, the last has it wrongly; the second label is on no image.
// prettier-ignore
const table = scoreTable(
  [0.95, 0.9,
   0.9, 0.1,
   0.9, 0.1,
   0.1, 0.1,
   0.1, 0.2,
   0.05, 0.1],
  [0, 0,
   1, 0,
   1, -1,
   0, 0,
   0, 0,
   1, 0],
  { images: 6, classes: 2 },
);

describe('labelIssues', () => {
  it('judges each label alone, and names those that are on all images or none', () => {
    const { mask, oneSided } = labelIssues(table);
    expect([...mask.entries()].flatMap(([element, flag]) => (flag ? [element] : []))).toEqual([0, 10]);
    expect(oneSided).toEqual([1]);
  });
});

describe('imageIssues', () => {
  it('has the images with a wrong label', () => {
    expect([...imageIssues(table)]).toEqual([1, 0, 0, 0, 0, 1]);
  });

  it('has the images with the lowest scores, as many as confident learning finds', () => {
    expect([...imageIssues(table, { filter: 'low-self-confidence' })]).toEqual([1, 0, 0, 0, 0, 1]);
  });
});
