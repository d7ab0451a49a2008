import { lostNumbers, lostSpaces, type LabelFileWriter } from '../label-file-writer.js';

/**
 * `coco`: one annotation per label, without boxes, as Datumaro writes labels of images. An image that has no label, or
 * unknown ones, lists the categories that it is known not to have as `neg_category_ids`, as in LVIS.
 */
export const cocoWriter: LabelFileWriter = {
  name: 'coco',
  paths: 'file',
  write(file) {
    const ids = new Map(file.classes.map((name, i) => [String(name), i + 1]));
    const idOf = (label: string | number) => ids.get(String(label))!;
    const images = file.images.map(([path, labels, more], i) => {
      const unknown = more?.unknown ?? [];
      const image = { id: i + 1, file_name: path };
      if (labels.length > 0 && unknown.length === 0) return image;
      const others = new Set([...labels, ...unknown].map(String));
      return { ...image, neg_category_ids: [...ids].flatMap(([name, id]) => (others.has(name) ? [] : [id])) };
    });
    let id = 0;
    const annotations = file.images.flatMap(([, labels], i) =>
      labels.map((label) => ({ id: ++id, image_id: i + 1, category_id: idOf(label) })),
    );
    const categories = [...ids].map(([name, id]) => ({ id, name, supercategory: '' }));
    return {
      text: `{"info": {}, "licenses": [],\n${lists({ categories, images, annotations })}}\n`,
      lost: [...lostNumbers(file), ...lostSpaces(file)],
      options: (path) => `--train ${path} --no-val`,
    };
  },
};

/** One element per line. */
const lists = (of: Readonly<Record<string, readonly unknown[]>>): string =>
  Object.entries(of)
    .map(([name, elements]) => `"${name}": [\n${elements.map((one) => JSON.stringify(one)).join(',\n')}\n]`)
    .join(',\n');
