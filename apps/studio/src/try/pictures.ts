import { isHidden, isImage, type FileEntry } from '../files/entries.ts';
import { compared, main, type ModelPlace } from '../model-state.ts';
import { strings } from '../strings.ts';
import { warn } from '../ui/notices.tsx';
import { Store } from '../ui/store.ts';
import type { WorkerError } from '../worker/client.ts';
import type { Row } from './copied.ts';

/** A photograph to try the model on. */
export interface Picture {
  readonly id: number;
  readonly name: string;
  readonly blob: Blob;
  readonly address: string;
  /** What each model makes of it. */
  readonly predicted: ReadonlyMap<ModelPlace, Predicted>;
}

/** What a model makes of a photograph. */
export interface Predicted {
  /** Of the model that made it. */
  readonly version: number;
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
    predicted: new Map(),
  }));
  pictures.set({ all: [...pictures.value.all, ...added], shown: added[0].id });
  const skipped = entries.filter((entry) => !isImage(entry) && !isHidden(entry)).length;
  if (skipped > 0) warn(strings.files.skipped(skipped));
  predictMissing();
}

export function removePictures(): void {
  for (const { address } of pictures.value.all) URL.revokeObjectURL(address);
  pictures.set({ all: [] });
}

export const showPicture = (shown: number): void => pictures.update({ shown });

const predicting = new Set<ModelPlace>();

/** Predicts what the open models have not seen yet, the shown one first. */
export function predictMissing(): void {
  for (const place of [main, compared]) void predictAllMissing(place);
}

async function predictAllMissing(place: ModelPlace): Promise<void> {
  if (predicting.has(place)) return;
  predicting.add(place);
  try {
    for (;;) {
      const { model, version } = place.state.value;
      if (!model) return;
      const { all, shown } = pictures.value;
      const lacking = all.filter(({ predicted }) => predicted.get(place)?.version !== version);
      const picture = lacking.find(({ id }) => id === shown) ?? lacking[0];
      if (!picture) return;
      const found = await place.network
        .ask('predict', { source: picture.blob })
        .catch((error: WorkerError) => ({
          failure: [error.message, error.hint].filter(Boolean).join(' '),
        }));
      pictures.update({
        all: pictures.value.all.map((one) =>
          one.id === picture.id
            ? { ...one, predicted: new Map(one.predicted).set(place, { ...found, version }) }
            : one,
        ),
      });
    }
  } finally {
    predicting.delete(place);
  }
}

/** What is predicted of each photograph, best first. */
export function predictions(): Row[] {
  const isOne = compared.state.value.model === undefined;
  return [main, compared].flatMap((place) => {
    const { model, thresholds } = place.state.value;
    return pictures.value.all.flatMap(({ name, predicted }) => {
      const scores = predicted.get(place)?.scores;
      if (!scores || !model) return [];
      const labels = model.labels
        .map((label, k) => ({ label, score: scores[k], isPresent: scores[k] >= thresholds[k] }))
        .filter(({ isPresent }) => isPresent)
        .sort((a, b) => b.score - a.score)
        .map(({ label, score }) => ({ label, score: Number(score.toFixed(4)) }));
      return [{ image: name, ...(!isOne && { model: model.name }), labels }];
    });
  });
}
