import { lostNumbers, lostRepeats, lostSpaces, type LabelFileWriter } from '../label-file-writer.js';

/** `csv`: one line per image and a column per label with 1, 0, or `?` for unknown. */
export const csvWriter: LabelFileWriter = {
  name: 'csv',
  paths: 'file',
  write(file) {
    const names = file.classes.map(String);
    const taken = new Set(names.map((name) => name.trim().toLowerCase()));
    const column = ['file', 'image', 'path', 'file_name'].find((name) => !taken.has(name)) ?? 'polytag_file';
    const rows = file.images.map(([path, labels, more]) => {
      const present = new Set(labels.map(String));
      const unknown = new Set(more?.unknown?.map(String));
      return [
        cell(path),
        ...names.map((name) => (present.has(name) ? '1' : unknown.has(name) ? '?' : '0')),
      ].join();
    });
    return {
      text: [[column, ...names].map(cell).join(), ...rows, ''].join('\n'),
      lost: [...lostRepeats(file), ...lostNumbers(file), ...lostSpaces(file)],
      options: (path) => `--file ${path} --layout one-hot --file-column ${column}`,
    };
  },
};

const cell = (text: string): string =>
  /[",;|\t\r\n]|^\s|\s$/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
