import { evaluateScores, evaluationDetails, scoreTable } from '@polytag/metrics';
import { evaluationReport } from '../evaluation-report.js';
import { pairTable } from './pair-table.js';

const subject = { model: 'm', dataSet: 'd' };
const labels = ['boat', 'ship'];

it('tells how many images, and which share of the first label’s', () => {
  // A boat is taken for a ship once in three.
  const table = scoreTable([0.1, 0.9, 0.9, 0.1, 0.9, 0.1], [1, 0, 1, 0, 1, 0], { images: 3, classes: 2 });
  const report = evaluationReport(evaluateScores({ ...table, labels }), subject);
  const { source } = pairTable(report, evaluationDetails(table));
  expect(source).toContain('(at a score above 0.5)');
  expect(source).toContain(
    '<tr><th scope="row"><bdi>boat</bdi></th><td class="text"><bdi>ship</bdi></td><td>1</td><td>33.33</td></tr>',
  );
  expect(source.match(/<tr>/g)).toHaveLength(2);
});

it('says when there is none', () => {
  const table = scoreTable([0.9, 0.1], [1, 0], { images: 1, classes: 2 });
  const report = evaluationReport(evaluateScores({ ...table, labels }), subject);
  expect(pairTable(report, evaluationDetails(table)).source).toContain('<p>None.</p>');
});
