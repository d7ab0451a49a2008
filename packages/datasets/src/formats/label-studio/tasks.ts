import { DataError, plainIssue, printable } from '@polytag/core';
import * as z from 'zod';
import { flagOf } from '../csv/flag.js';
import { parseJson } from '../parse-json.js';

/** The answer of an annotator with one control, such as a group of choices. */
export interface Answer {
  /** Its name in the labelling interface. */
  readonly control: string;
  readonly labels: readonly string[];
}

/** The annotation of an image by one annotator. */
export interface Annotation {
  readonly answers: readonly Answer[];
  /** The annotator. */
  readonly by?: string;
  /** Time of the annotation, in a form that sorts. */
  readonly time: string;
  /** Marked as ground truth. */
  readonly truth: boolean;
}

/** An image with its annotations. */
export interface Task {
  /** Its place in the file. */
  readonly at: string;
  readonly data: Readonly<Record<string, unknown>>;
  readonly annotations: readonly Annotation[];
  /** Number of cancelled annotations: the task was skipped. */
  readonly cancelled: number;
  /** Results without labels, such as text, by their type. */
  readonly unread: ReadonlySet<string>;
}

const value = z.record(z.string(), z.unknown(), { error: 'expected an object' });
/** Yes or no, also as the numbers and words of a database. */
const flag = z
  .union([z.boolean(), z.number(), z.string()])
  .transform((said) => flagOf(String(said)))
  .refine((meaning) => meaning !== undefined && meaning !== 'minus-one', { error: 'expected true or false' })
  .transform((meaning) => meaning === 'present')
  .nullish();
const time = z.union([z.string(), z.number().transform(String)]).nullish();
const result = z.looseObject({
  type: z.string().nullish(),
  from_name: z.string().nullish(),
  value: value.nullish(),
});
const annotation = z.looseObject({
  result: z.array(result, { error: 'expected a list' }).nullish(),
  was_cancelled: flag,
  skipped: flag,
  ground_truth: flag,
  honeypot: flag,
  completed_by: z.unknown().optional(),
  created_at: time,
  updated_at: time,
});
const annotations = z.array(annotation, { error: 'expected a list' }).nullish();
// `completions` is what annotations were called before version 1.
const fullTask = z.looseObject({ data: value, annotations, completions: annotations });
const tasks = z.array(value, { error: 'expected a list of tasks' });

/** Keys of a JSON-MIN row that Label Studio adds. */
const OWN_KEYS = new Set([
  ...['id', 'annotator', 'annotation_id', 'created_at', 'updated_at', 'lead_time', 'agreement', 'history'],
  ...['annotators', 'completed_by', 'inner_id', 'file_upload', 'project', 'meta'],
]);

/**
 * Parses an export of Label Studio: JSON, or JSON-MIN, in which each row is an annotation.
 *
 * @param source what errors call the file
 * @param controls names of the controls whose answers are labels, if they are known
 * @throws DataError `data/not-json`, `data/label-file-format`, with the place
 */
export function parseTasks(text: string, source: string, controls: readonly string[] = []): Task[] {
  const hint =
    'Expected an export as JSON or JSON-MIN: [{"data": {"image": …}, "annotations": [{"result": […]}]}, …].';
  const one = /^\s*\{/.test(text);
  const rows = parseJson(text, one ? value.transform((task) => [task]) : tasks, {
    source,
    what: 'not an export of Label Studio',
    hint,
  });
  const isFull = (row: Readonly<Record<string, unknown>>) =>
    'data' in row && ('annotations' in row || 'completions' in row || 'predictions' in row);
  const known = new Set(controls.length > 0 ? controls : controlKeys(rows.filter((row) => !isFull(row))));
  return rows.map((row, i) => {
    const at = `[${i}]`;
    if (!isFull(row)) return minimalTask(row, at, source, known);
    const checked = fullTask.safeParse(row);
    if (checked.success) return taskOf(checked.data, at, source);
    const [{ path, message }] = checked.error.issues;
    const where = path.map((key) => (typeof key === 'number' ? `[${key}]` : `.${String(key)}`)).join('');
    throw formatError(source, `${at}${where}`, plainIssue(message));
  });
}

function taskOf(
  { data, annotations, completions }: z.output<typeof fullTask>,
  at: string,
  source: string,
): Task {
  const all = [...(annotations ?? []), ...(completions ?? [])];
  const list = annotations?.length ? 'annotations' : 'completions';
  const unread = new Set<string>();
  const kept = all.flatMap((one, i): Annotation[] => {
    if (one.was_cancelled || one.skipped) return [];
    const answers = (one.result ?? []).flatMap((result, j): Answer[] => {
      const place = `${at}.${list}[${i}].result[${j}].value`;
      const labels = labelsOf(result.type, result.value ?? {}, place, source);
      if (labels === undefined) unread.add(result.type ?? 'unknown');
      return labels === undefined ? [] : [{ control: result.from_name ?? '', labels }];
    });
    const truth = Boolean(one.ground_truth ?? one.honeypot);
    return [{ answers, by: idOf(one.completed_by), time: one.updated_at ?? one.created_at ?? '', truth }];
  });
  return { at, data, annotations: kept, cancelled: all.length - kept.length, unread };
}

/** The labels of a result; undefined if it has none: text, ratings, relations. */
function labelsOf(
  type: string | null | undefined,
  value: Readonly<Record<string, unknown>>,
  place: string,
  source: string,
): string[] | undefined {
  const isLabels = (key: string) => /^(?:choices|taxonomy|[a-z]*labels)$/.test(key);
  const key =
    type !== undefined && type !== null && Object.hasOwn(value, type)
      ? type
      : Object.keys(value).find(isLabels);
  if (key === undefined) return isLabels(type ?? '') ? [] : undefined;
  return isLabels(key) ? namesIn(value[key], `${place}.${key}`, source) : undefined;
}

/** A name, a list of names, or, in a taxonomy, lists of names from the root down. */
function namesIn(value: unknown, place: string, source: string): string[] {
  if (value === null || value === undefined) return [];
  const list: unknown[] = Array.isArray(value) ? value : [value];
  const names = list.flat().map((name: unknown, i) => {
    if (typeof name === 'string' || typeof name === 'number') return String(name);
    throw formatError(source, `${place}[${i}]`, 'expected a label');
  });
  return names.filter((name) => name !== '');
}

/** JSON-MIN has the data of the task and the answers of an annotation side by side. */
function minimalTask(
  row: Readonly<Record<string, unknown>>,
  at: string,
  source: string,
  controls: ReadonlySet<string>,
): Task {
  const own = Object.entries(row);
  const answers = own
    .filter(([key]) => controls.has(key))
    .flatMap(([control, value]): Answer[] => {
      const parts: unknown[] = Array.isArray(value) ? value : [value];
      return parts.flatMap((part, i): Answer[] => {
        const place = Array.isArray(value) ? `${at}.${control}[${i}]` : `${at}.${control}`;
        const labels =
          typeof part === 'object' && part !== null && !Array.isArray(part)
            ? labelsOf(undefined, part as Record<string, unknown>, place, source)
            : namesIn(part, place, source);
        return labels === undefined ? [] : [{ control, labels }];
      });
    });
  const time = typeof row['updated_at'] === 'string' ? row['updated_at'] : '';
  const annotated = answers.length > 0 || 'annotation_id' in row || 'annotator' in row;
  return {
    at,
    data: Object.fromEntries(own.filter(([key]) => !controls.has(key) && !OWN_KEYS.has(key))),
    annotations: annotated
      ? [{ answers, by: idOf(row['annotator'] ?? row['completed_by']), time, truth: false }]
      : [],
    cancelled: 0,
    unread: new Set(),
  };
}

const USUAL_CONTROLS = /^(?:choices?|labels?|class(?:es)?|tags?|categor(?:y|ies)|taxonomy)$/i;

/** The keys with answers: objects with `choices` or similar; otherwise those with the names of controls. */
function controlKeys(rows: readonly Readonly<Record<string, unknown>>[]): string[] {
  const sure = new Set<string>();
  const texts = new Set<string>();
  for (const row of rows) {
    for (const [key, value] of Object.entries(row)) {
      if (OWN_KEYS.has(key)) continue;
      const [first] = Array.isArray(value) ? (value as unknown[]) : [value];
      const keys = typeof first === 'object' && first !== null ? Object.keys(first) : [];
      if (keys.some((one) => /^(?:choices|taxonomy|[a-z]*labels)$/.test(one))) sure.add(key);
      else if (typeof value === 'string' && USUAL_CONTROLS.test(key)) texts.add(key);
    }
  }
  return sure.size > 0 ? [...sure] : [...texts];
}

/** The annotator: a number, or an object with one. */
function idOf(by: unknown): string | undefined {
  if (typeof by === 'string' || typeof by === 'number') return String(by);
  if (typeof by !== 'object' || by === null) return undefined;
  const { id, email } = by as { id?: unknown; email?: unknown };
  return idOf(id ?? email);
}

export function formatError(source: string, place: string, problem: string): DataError {
  return new DataError(
    'data/label-file-format',
    `${source} is not an export of Label Studio: ${printable(place)}: ${problem}.`,
    { hint: 'Export the project as JSON (or JSON-MIN), and give that file with --file.' },
  );
}
