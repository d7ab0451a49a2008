import { sampleImages, type DatasetSample, type SampleContent, type SampleImage } from '../dataset-sample.js';

const address = (file: string) => `/data/upload/1/0123abcd-${file}`;

/** An export for each split, made of what a task becomes. */
const files = (content: SampleContent, taskOf: (image: SampleImage, i: number) => unknown) => {
  const images = sampleImages(content);
  const tasks = (split: string) => images.filter((image) => image.split === split).map(taskOf);
  return {
    files: { 'train.json': tasks('train'), 'test.json': tasks('test') },
    options: { file: ['train.json', 'test.json'], control: [] },
  };
};

export const labelStudioSamples: readonly DatasetSample[] = [
  {
    layout: 'JSON',
    repeats: true,
    write: (content) =>
      files(content, ({ file, labels }, id) => ({
        id,
        data: { image: address(file) },
        annotations: [
          {
            id,
            completed_by: 1,
            was_cancelled: false,
            result: labels.map((label) => ({
              type: 'rectanglelabels',
              from_name: 'label',
              to_name: 'image',
              value: { x: 1, y: 2, width: 3, height: 4, rectanglelabels: [label] },
            })),
          },
        ],
        predictions: [{ result: [{ type: 'choices', from_name: 'choice', value: { choices: ['no'] } }] }],
      })),
  },
  {
    layout: 'JSON-MIN',
    repeats: false,
    write: (content) =>
      files(content, ({ file, labels }, id) => ({
        image: address(file),
        id,
        choice: labels.length === 1 ? labels[0] : { choices: labels },
        annotator: 1,
        annotation_id: id,
        updated_at: '2026-01-01T00:00:00Z',
      })),
  },
];
