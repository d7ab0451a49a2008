import { counted } from '@polytag/core';
import type { LabelFile } from '../label-file/parse-label-file.js';
import { lostNumbers, lostRepeats, type LabelFileWriter } from '../label-file-writer.js';

/** Prefix under which Label Studio serves local files. */
const LOCAL_FILES = '/data/local-files/?d=';

/**
 * `label-studio`: tasks with one annotation each, to import into a project, and the labelling interface of the project
 * beside them. Unknown labels are choices of a second control, `unknown`.
 */
export const labelStudioWriter: LabelFileWriter = {
  name: 'label-studio',
  paths: 'images',
  write(file, { prefix = LOCAL_FILES } = {}) {
    const encode = /^https?:|\?/.test(prefix);
    const choices = (control: string, labels: readonly (string | number)[]) => ({
      from_name: control,
      to_name: 'image',
      type: 'choices',
      value: { choices: [...new Set(labels.map((label) => inXml(String(label))))] },
    });
    const tasks = file.images.map(([path, labels, more], i) => {
      const unknown = more?.unknown ?? [];
      const result = [
        ...(labels.length > 0 ? [{ id: `labels-${i + 1}`, ...choices('labels', labels) }] : []),
        ...(unknown.length > 0 ? [{ id: `unknown-${i + 1}`, ...choices('unknown', unknown) }] : []),
      ];
      const image = prefix + (encode ? path.split('/').map(encodeURIComponent).join('/') : path);
      return {
        id: i + 1,
        data: { image },
        annotations: [{ id: i + 1, was_cancelled: false, ground_truth: false, result }],
        predictions: [],
      };
    });
    const names = [...new Set(file.classes.map((name) => inXml(String(name))))];
    const someUnknown = file.images.some(([, , more]) => (more?.unknown?.length ?? 0) > 0);
    return {
      text: `[\n${tasks.map((task) => JSON.stringify(task)).join(',\n')}\n]\n`,
      beside: { ending: '.xml', text: labellingInterface(names, someUnknown) },
      lost: [...lostRepeats(file), ...lostNumbers(file), ...lostCharacters(file)],
      options: (path) => `--file ${path}`,
    };
  },
};

function labellingInterface(labels: readonly string[], someUnknown: boolean): string {
  const control = (name: string) => [
    `  <Choices name="${name}" toName="image" choice="multiple">`,
    ...labels.map((label) => `    <Choice value="${attribute(label)}"/>`),
    '  </Choices>',
  ];
  return [
    '<View>',
    '  <Image name="image" value="$image"/>',
    ...control('labels'),
    ...(someUnknown ? ['  <Header value="Cannot be told:"/>', ...control('unknown')] : []),
    '</View>',
    '',
  ].join('\n');
}

const MARKS: Readonly<Record<string, string>> = { '&': 'amp', '<': 'lt', '>': 'gt', '"': 'quot' };

/** Escapes text for an attribute. */
const attribute = (text: string): string =>
  text.replace(/[&<>"\t\n\r]/g, (mark) => `&${MARKS[mark] ?? `#${mark.charCodeAt(0)}`};`);

/** A text with a mark in place of each character that XML does not allow, not even escaped. */
const inXml = (text: string): string =>
  text.replace(/[^\t\n\r\u0020-\uD7FF\uE000-\uFFFD\u{10000}-\u{10FFFF}]/gu, '\ufffd');

/** What is lost if names have characters that the labelling interface cannot have. */
function lostCharacters({ classes }: LabelFile): string[] {
  const changed = classes.filter((name) => inXml(String(name)) !== String(name)).length;
  return changed === 0
    ? []
    : [`${counted(changed, 'label has', 'labels have')} control characters, which become \ufffd`];
}
