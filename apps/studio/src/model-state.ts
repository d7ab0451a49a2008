import { modelAmong, type FileEntry } from './files/entries.ts';
import { strings } from './strings.ts';
import { tellError } from './ui/notices.tsx';
import { Store } from './ui/store.ts';
import { ask } from './worker/client.ts';
import type { EngineFacts, ModelFacts } from './worker/protocol.ts';

/** The model that is open. */
export interface ModelState {
  readonly model?: ModelFacts;
  readonly engine?: EngineFacts;
  readonly isOpening: boolean;
  /** Thresholds that a person has set; else those of the model. */
  readonly thresholds: readonly number[];
  /** Changes with each model. */
  readonly version: number;
}

export const modelState = new Store<ModelState>({ isOpening: false, thresholds: [], version: 0 });

const MOST_BYTES = 2 ** 31 - 1;

/** Opens a model of its files. */
export async function openModelFiles(name: string, files: ReadonlyMap<string, Blob>): Promise<void> {
  modelState.update({ isOpening: true });
  try {
    const total = [...files.values()].reduce((sum, { size }) => sum + size, 0);
    if (total > MOST_BYTES) throw new Error(strings.files.tooLarge(name));
    const bytes = new Map(
      await Promise.all(
        [...files].map(async ([file, blob]) => [file, new Uint8Array(await blob.arrayBuffer())] as const),
      ),
    );
    const { model, engine } = await ask('open', { name, files: bytes });
    setModel(model, engine);
  } catch (error) {
    tellError(error);
  } finally {
    modelState.update({ isOpening: false });
  }
}

export function setModel(model: ModelFacts, engine = modelState.value.engine): void {
  const { version } = modelState.value;
  modelState.update({ model, engine, thresholds: model.thresholds, version: version + 1 });
}

/** Opens the model folder among files. @returns whether there is one */
export async function openModelAmong(entries: readonly FileEntry[]): Promise<boolean> {
  const found = modelAmong(entries);
  if (found) await openModelFiles(found.name, found.files);
  return found !== undefined;
}

const EXAMPLE = ['config.json', 'preprocessor_config.json', 'model.safetensors', 'thresholds.json'];

/** Opens the model that comes with the page. */
export async function openExample(): Promise<void> {
  const files = await Promise.all(
    EXAMPLE.map(async (name) => {
      const response = await fetch(new URL(`./example/${name}`, document.baseURI));
      return [name, await response.blob()] as const;
    }),
  );
  await openModelFiles('example', new Map(files));
}
