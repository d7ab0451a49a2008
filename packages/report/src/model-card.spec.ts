import { HALF } from '@polytag/core';
import { evaluationReport } from './evaluation-report.js';
import { smallEvaluation } from './evaluation.fixture.js';
import { modelCard, type ModelCardFacts } from './model-card.js';

const facts: ModelCardFacts = {
  name: 'Small scenes',
  backbone: 'mobilenet-v3-small',
  head: 'gcn',
  loss: 'aam-asl',
  space: 'cosines',
  scale: 17,
  labels: ['boat', 'car', 'dog', 'zebra'],
  preprocessing: { height: 96, width: 128, normalisation: HALF },
  parameters: 1234567,
  license: 'Apache-2.0',
  evaluations: [evaluationReport(smallEvaluation(), { model: 'small', dataSet: 'val.json' })],
};

describe('modelCard', () => {
  it('gives the measured scores, in the table and in the metadata', () => {
    const card = modelCard(facts);
    expect(card).toContain('| val.json | 4 | 94.44 | 65.63 | 83.33 | ');
    expect(card).toContain(
      'val.json: mAP over all 4 labels, as in papers: 70.83, with 0 for the 1 label without images.',
    );
    expect(card).toContain('| boat | 2 | 83.33 |');
    expect(card).toContain('| zebra | 0 |  |');
    const head = card.split('---\n')[1];
    expect(head).toContain('dataset: { type: "val.json", name: "val.json" }');
    expect(head).toContain('metrics: [{ type: mAP, name: mAP, value: 94.44 }]');
    expect(head).toContain('license: "apache-2.0"');
  });

  it('says how an image goes in and a probability comes out', () => {
    const card = modelCard(facts);
    expect(card).toContain('resized to 96 x 128 (height x width');
    expect(card).toContain('mean (0.5, 0.5, 0.5) and std (0.5, 0.5, 0.5)');
    expect(card).toContain('a cosine. Probability = sigmoid(17 · output).');
    expect(modelCard({ ...facts, space: 'logits', scale: 1 })).toContain(
      'a logit. Probability = sigmoid(output).',
    );
    expect(card).toContain("await loadModel('path/to/this/folder')");
    expect(card).toContain('| weights | 1,234,567 |');
  });

  it('lists the labels in the order of the outputs', () => {
    expect(modelCard(facts)).toContain(
      '## Labels\n\n4, in the order of the outputs:\n\n`boat`, `car`, `dog`, `zebra`\n',
    );
  });

  it('does not invent scores', () => {
    const card = modelCard({ ...facts, evaluations: [] });
    expect(card).toContain('## Scores\n\nNo scores were measured.\n');
    expect(card).not.toContain('model-index');
  });

  it('keeps names from becoming markup', () => {
    const labels = ['a|b', '`tick`', '<img src=x>', '[x](y)'];
    const evaluation = evaluationReport(smallEvaluation(labels), { model: 'm', dataSet: 'a"b: c\nd' });
    const card = modelCard({ ...facts, name: 'x"\n# y', labels, evaluations: [evaluation] });
    expect(card).toContain('name: "x\\"\\n# y"');
    expect(card).toContain('type: "a\\"b: c\\nd"');
    expect(card).not.toMatch(/^# y/m);
    expect(card).toContain('| a\\|b |');
    expect(card).toContain('`` `tick` ``');
    expect(card).toContain('| &lt;img src=x&gt; |');
    expect(card).toContain('| \\[x\\](y) |');
  });
});
