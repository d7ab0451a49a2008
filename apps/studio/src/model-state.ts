import { modelAmong, type FileEntry } from './files/entries.ts';
import { strings } from './strings.ts';
import { tellError } from './ui/notices.tsx';
import { Store } from './ui/store.ts';
import { NetworkWorker } from './worker/client.ts';
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

/** Where a model is open: its worker, and what the page shows of it. */
export interface ModelPlace {
  readonly network: NetworkWorker;
  readonly state: Store<ModelState>;
}

const NOTHING: ModelState = { isOpening: false, thresholds: [], version: 0 };
const newPlace = (): ModelPlace => ({ network: new NetworkWorker(), state: new Store(NOTHING) });

/** The model that everything is done with. */
export const main: ModelPlace = newPlace();
/** A second one, to look at beside it. */
export const compared: ModelPlace = newPlace();

export const modelState = main.state;
/** Whether its worker trains: other calls wait until it has done. */
export const isTraining = new Store(false);

/** Asks the worker of the main model. */
export const ask: NetworkWorker['ask'] = (...call) => main.network.ask(...call);

const MOST_BYTES = 2 ** 31 - 1;

/** Opens a model of its files. */
export async function openModelFiles(
  name: string,
  files: ReadonlyMap<string, Blob>,
  { network, state } = main,
): Promise<void> {
  state.update({ isOpening: true });
  try {
    const total = [...files.values()].reduce((sum, { size }) => sum + size, 0);
    if (total > MOST_BYTES) throw new Error(strings.files.tooLarge(name));
    const bytes = new Map(
      await Promise.all(
        [...files].map(async ([file, blob]) => [file, new Uint8Array(await blob.arrayBuffer())] as const),
      ),
    );
    const { model, engine } = await network.ask('open', { name, files: bytes });
    show(model, state, engine);
  } catch (error) {
    tellError(error);
  } finally {
    state.update({ isOpening: false });
  }
}

function show(model: ModelFacts, state: Store<ModelState>, engine = state.value.engine): void {
  const { version } = state.value;
  state.update({ model, engine, thresholds: model.thresholds, version: version + 1 });
}

/** Shows the main model that its worker has now. */
export const setModel = (model: ModelFacts): void => show(model, main.state);

/** Closes the second model. */
export function closeCompared(): void {
  const { version } = compared.state.value;
  compared.network.close();
  compared.state.set({ ...NOTHING, version: version + 1 });
}

/** Opens the model folder among files. @returns whether there is one */
export async function openModelAmong(
  entries: readonly FileEntry[],
  place: ModelPlace = main,
): Promise<boolean> {
  const found = modelAmong(entries);
  if (found) await openModelFiles(found.name, found.files, place);
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
