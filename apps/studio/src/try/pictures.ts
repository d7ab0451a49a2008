import { isImage, type FileEntry } from '../files/entries.ts';
import { modelState } from '../model-state.ts';
import { strings } from '../strings.ts';
import { Store } from '../ui/store.ts';
import { ask } from '../worker/client.ts';

/** A photograph to try the model on. */
export interface Picture {
  readonly id: number;
  readonly name: string;
  readonly blob: Blob;
  readonly address: string;
  /** Of this version of the model. */
  readonly version?: number;
  readonly scores?: Float32Array;
  readonly milliseconds?: number;
  readonly failure?: string;
}

interface Pictures {
  readonly all: readonly Picture[];
  /** Id of the one that is shown. */
  readonly shown?: number;
}

export const pictures = new Store<Pictures>({ all: [] });
let next = 0;

export function addPictures(entries: readonly FileEntry[]): void {
  const images = entries.filter(isImage);
  if (images.length === 0) throw new Error(strings.files.noImages);
  const added = images.map(({ path, blob }) => ({
    id: next++,
    name: path,
    blob,
    address: URL.createObjectURL(blob),
  }));
  pictures.set({ all: [...pictures.value.all, ...added], shown: added[0].id });
  void predictMissing();
}

export function removePictures(): void {
  for (const { address } of pictures.value.all) URL.revokeObjectURL(address);
  pictures.set({ all: [] });
}

export const showPicture = (shown: number): void => pictures.update({ shown });

let isPredicting = false;

/** Predicts what the open model has not seen yet, the shown one first. */
export async function predictMissing(): Promise<void> {
  if (isPredicting) return;
  isPredicting = true;
  try {
    for (;;) {
      const { model, version } = modelState.value;
      if (!model) return;
      const { all, shown } = pictures.value;
      const lacking = all.filter((picture) => picture.version !== version);
      const picture = lacking.find(({ id }) => id === shown) ?? lacking[0];
      if (!picture) return;
      const found = await ask('predict', { source: picture.blob }).catch((error: Error) => ({
        scores: undefined,
        milliseconds: undefined,
        failure: error.message,
      }));
      pictures.update({
        all: pictures.value.all.map((one) =>
          one.id === picture.id ? { ...one, failure: undefined, ...found, version } : one,
        ),
      });
    }
  } finally {
    isPredicting = false;
  }
}

interface Row {
  readonly image: string;
  readonly labels: readonly { readonly label: string; readonly score: number }[];
}

/** What is predicted of each photograph, best first. */
export function predictions(): Row[] {
  const { model, thresholds } = modelState.value;
  return pictures.value.all.flatMap(({ name, scores }) => {
    if (!scores || !model) return [];
    const labels = model.labels
      .map((label, k) => ({ label, score: scores[k], isPresent: scores[k] >= thresholds[k] }))
      .filter(({ isPresent }) => isPresent)
      .sort((a, b) => b.score - a.score)
      .map(({ label, score }) => ({ label, score: Number(score.toFixed(4)) }));
    return [{ image: name, labels }];
  });
}

export const asJson = (rows: readonly Row[]): string => `${JSON.stringify(rows, null, 2)}\n`;

/** A cell that no spreadsheet takes for a formula. */
function cell(text: string): string {
  const safe = /^[=+\-@\t\r]/.test(text) ? `'${text}` : text;
  return /[",\n\r]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}

export const asCsv = (rows: readonly Row[]): string =>
  [
    'image,label,score',
    ...rows.flatMap(({ image, labels }) =>
      labels.map(({ label, score }) => `${cell(image)},${cell(label)},${score}`),
    ),
  ].join('\n') + '\n';
