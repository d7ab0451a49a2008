import { basename, dirname, extname, join } from 'node:path';
import { counted, printable, type ClassName } from '@polytag/core';
import { hasImageEnding } from '../image-path.js';
import { addressName, ImageAddresses, isAddress } from '../image-address.js';
import { checkSplits, type LabelledSplit, type SplitReaderOptions } from '../labelled-split.js';
import { fileExists } from '../missing-files.js';
import { readText } from '../read-text.js';
import { firstFew } from '../same-labels.js';
import { SplitBuilder } from '../split-builder.js';
import { combineVotes, type SeveralAnnotators, type Vote } from './combine-annotations.js';
import { parseLabellingInterface, type LabellingInterface } from './labelling-interface.js';
import { formatError, parseTasks, type Annotation, type Task } from './tasks.js';

export interface LabelStudioOptions extends Omit<SplitReaderOptions, 'onProgress'> {
  /** Folder that contains the images, at any depth, whatever their addresses (default: that of the first file). */
  readonly images?: string;
  /** The key of the image in a task's data. Default: that of the labelling interface, or detected. */
  readonly imageField?: string;
  /** The controls whose answers are labels (default: all). */
  readonly control?: readonly string[];
  /** How to merge several annotations of an image. Default `majority`. */
  readonly annotators?: SeveralAnnotators;
  /**
   * The XML of the labelling interface, which has labels that no image has (default: the file named like the first,
   * with the extension `.xml`, if it exists).
   */
  readonly interface?: string;
}

/** Name of the control for unknown labels. */
const UNKNOWN_CONTROL = 'unknown';

/**
 * Reads exports of Label Studio, JSON or JSON-MIN. Choices, taxonomies and the labels of regions are labels, one per
 * region. Choices of a control called `unknown` are unknown labels. Predictions and drafts are ignored; tasks that were
 * skipped or have no annotation are left out. An annotation without choices is an image without labels. The classes are
 * those of the labelling interface and all that were chosen, sorted.
 *
 * @param files one per split, which is named like the file
 * @throws DataError `data/file-missing`, `data/not-json`, `data/label-file-format`, `data/not-xml`,
 *   `data/image-ambiguous`, `data/empty-set`, and those of `SplitBuilder` and `checkSplits`
 */
export async function readLabelStudio(
  files: readonly string[],
  options: LabelStudioOptions = {},
): Promise<readonly LabelledSplit[]> {
  const { images: root = dirname(files[0]), onNote } = options;
  const known = await interfaceOf(files[0], options);
  const controls = options.control?.length ? options.control : known?.controls;
  const addresses = await ImageAddresses.below(root);
  const reading = { ...options, imageField: options.imageField ?? known?.imageField, addresses };
  const parts: { readonly builder: SplitBuilder; readonly images: ReadonlyMap<string, ListedImage> }[] = [];
  for (const source of files) {
    const text = await readText(source, 'export of Label Studio', { encoding: options.encoding });
    const builder = new SplitBuilder(basename(source, extname(source)), source, root);
    parts.push({ builder, images: imagesOf(parseTasks(text, source, controls), source, reading, builder) });
  }
  const all = parts.flatMap(({ images }) => [...images.values()].flatMap(({ votes }) => votes));
  const chosen = all.flatMap((vote) => [...vote.labels, ...vote.unknown]);
  const classes: ClassName[] = [...new Set([...(known?.labels ?? []), ...chosen])].sort();
  noteAnnotators(
    parts.flatMap(({ images }) => [...images.values()]),
    options,
  );
  const splits: LabelledSplit[] = [];
  for (const { builder, images } of parts) {
    for (const [name, { votes, at }] of images) {
      const { labels, unknown } = combineVotes(votes, options.annotators ?? 'majority');
      builder.add(name, labels, at, { unknown });
    }
    splits.push(await builder.finish({ classes, folders: [''], skipMissing: options.skipMissing, onNote }));
  }
  return checkSplits(splits);
}

interface Reading extends LabelStudioOptions {
  readonly addresses: ImageAddresses;
}

interface ListedImage {
  readonly at: string;
  readonly votes: Vote[];
}

/** The images of a file, each once, with all its annotations. */
function imagesOf(
  tasks: readonly Task[],
  source: string,
  options: Reading,
  builder: SplitBuilder,
): Map<string, ListedImage> {
  const images = new Map<string, ListedImage>();
  const unread = new Set<string>();
  for (const task of tasks) {
    for (const type of task.unread) unread.add(type);
    if (task.annotations.length === 0) {
      builder.leaveOut(task.cancelled > 0 ? 'tasks that were skipped' : 'tasks without an annotation');
      continue;
    }
    const path = pathOf(task, source, options);
    const votes = task.annotations.map((one) => voteOf(one, options.control));
    const before = images.get(path);
    if (before) before.votes.push(...votes);
    else images.set(path, { at: `task ${task.at}`, votes });
  }
  if (unread.size > 0)
    options.onNote?.(`${basename(source)}: ignored results of type ${firstFew([...unread])}`);
  return images;
}

function voteOf({ answers, by, time, truth }: Annotation, controls: readonly string[] = []): Vote {
  const wanted = answers.filter(
    ({ control }) => controls.length === 0 || controls.includes(control) || control === UNKNOWN_CONTROL,
  );
  const labelsOf = (unknown: boolean) =>
    wanted.flatMap(({ control, labels }) => ((control === UNKNOWN_CONTROL) === unknown ? labels : []));
  return { labels: labelsOf(false), unknown: labelsOf(true), by, time, truth };
}

const IMAGE_FIELDS = ['image', 'img', 'image_url', 'url', 'photo', 'picture', 'file', 'path'];

/** The path of a task's image below the folder of images; its file name if it is not there. */
function pathOf({ data, at }: Task, source: string, { imageField, addresses }: Reading): string {
  const place = `${source}: ${at}`;
  const isText = (key: string) => typeof data[key] === 'string' && data[key] !== '';
  const endsSo = (key: string) => isText(key) && hasImageEnding(String(data[key]).replace(/[?#].*$/s, ''));
  const field =
    imageField ??
    IMAGE_FIELDS.find(endsSo) ??
    Object.keys(data).find(endsSo) ??
    IMAGE_FIELDS.find((key) => Object.hasOwn(data, key) && isText(key));
  if (field === undefined || !Object.hasOwn(data, field) || !isText(field)) {
    throw formatError(
      source,
      `${at}.data`,
      `no image${field === undefined ? '' : ` under "${field}"`} (choose its key with --image-field)`,
    );
  }
  const address = String(data[field]);
  if (address.startsWith('data:'))
    throw formatError(source, `${at}.data.${field}`, 'the image is embedded in the file');
  // Of an address that leads to no file here, the name of its file is told; a path must be one in the folder.
  return addresses.find(address, place) ?? (isAddress(address) ? addressName(address) : address);
}

async function interfaceOf(
  file: string,
  { interface: named, encoding, onNote }: LabelStudioOptions,
): Promise<LabellingInterface | undefined> {
  const beside = join(dirname(file), `${basename(file, extname(file))}.xml`);
  if (named === undefined && !(await fileExists(beside))) return undefined;
  const path = named ?? beside;
  const text = await readText(path, 'labelling interface', { encoding });
  if (named === undefined)
    onNote?.(`the labels are those of ${printable(basename(path))}, and all chosen ones`);
  return parseLabellingInterface(text, path);
}

function noteAnnotators(images: readonly ListedImage[], { annotators, onNote }: LabelStudioOptions): void {
  const several = images.filter(({ votes }) => votes.length > 1);
  if (several.length === 0 || annotators !== undefined) return;
  onNote?.(
    `${counted(several.length, 'image has', 'images have')} several annotations: a label is present if most of them have it, and unknown if exactly half do (change with --annotators)`,
  );
}
