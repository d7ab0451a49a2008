import { useState } from 'preact/hooks';
import { download } from '../files/download.ts';
import { zipped } from '../files/zip.ts';
import { commonFolder } from '../files/entries.ts';
import { dataState, type DataState } from '../label/data-state.ts';
import { textOf } from '../label/label-text.ts';
import { PRESENT, UNKNOWN } from '../label/labelling.ts';
import { ask, isTraining, modelState, setModel } from '../model-state.ts';
import { percent, strings } from '../strings.ts';
import { tell, tellError } from '../ui/notices.tsx';
import { ProgressBar, type ProgressState } from '../ui/progress-bar.tsx';
import { Store, useStore } from '../ui/store.ts';

import type { ExportForm, Progress, TrainImage, TrainResult } from '../worker/protocol.ts';
import { Curves, type CurvePoints } from './curves.tsx';
import { Mistakes } from './mistakes.tsx';

interface Settings {
  readonly epochs: number;
  readonly heldOut: number;
  readonly seed: number;
  /** Whether labels that the open model knows begin with its weights. */
  readonly continues: boolean;
}

interface Run {
  readonly progress?: ProgressState;
  readonly curves: CurvePoints;
  readonly result?: Finished;
  readonly stop?: AbortController;
}

/** A trained model, and what it was trained on: labels may change afterwards, or be closed. */
interface Finished extends TrainResult {
  readonly heldOutFile: string;
  /** The folder in which all photographs are; undefined where there is none. */
  readonly folder?: string;
  /** Whether the model was downloaded, or taken over. */
  readonly isTaken: boolean;
}

const NO_POINTS: CurvePoints = { losses: [], mAPs: [], steps: 1, epochs: 1 };
/** Stays while other tabs are looked at. */
const run = new Store<Run>({ curves: NO_POINTS });
/** Steps that the curve of the loss is drawn of, at most. */
const MOST_POINTS = 1000;

/** Whether a model would be lost with the page: one that is being trained, or was not downloaded. */
export const isModelUnsaved = (): boolean => {
  const { stop, result } = run.value;
  return stop !== undefined || result?.isTaken === false;
};

/** What is learned from: photographs of which something is known. */
function trainImages({ names, sources, labelling }: DataState): TrainImage[] {
  const having = (image: number, state: number) =>
    labelling.labels.flatMap((_, k) => (labelling.states[k][image] === state ? [k] : []));
  return names.flatMap((name, image) =>
    labelling.isUntouched(image)
      ? []
      : [{ name, source: sources[image], present: having(image, PRESENT), unknown: having(image, UNKNOWN) }],
  );
}

async function start(data: DataState, { epochs, ...settings }: Settings): Promise<void> {
  const stop = new AbortController();
  const before = run.value;
  run.set({ curves: { ...NO_POINTS, epochs }, stop });
  isTraining.set(true);
  // The labels that it learns, whatever becomes of them meanwhile.
  const labelling = data.labelling.copy();
  try {
    const result = await ask(
      'train',
      { labels: labelling.labels, images: trainImages(data), epochs, ...settings },
      { report: follow, signal: stop.signal },
    );
    const places = new Map(data.names.map((name, image) => [name, image]));
    const only = result.heldOut.map((name) => places.get(name)!);
    const heldOutFile = textOf(data.names, labelling, { only });
    run.update({
      result: { ...result, heldOutFile, folder: commonFolder(data.names), isTaken: false },
    });
  } catch (error) {
    // The model of the run before is still there.
    run.set({ ...before, stop });
    if (stop.signal.aborted) tell(strings.train.stopped);
    else tellError(error);
  } finally {
    run.update({ progress: undefined, stop: undefined });
    isTraining.set(false);
  }
}

function follow(progress: Progress): void {
  const { curves } = run.value;
  if (progress.kind === 'images') {
    const { done, total, secondsLeft } = progress;
    run.update({ progress: { text: strings.train.features(done, total), done, total, secondsLeft } });
  } else if (progress.kind === 'step') {
    const { step, total, loss, secondsLeft } = progress;
    run.update({
      progress: { text: strings.train.head(step, total), done: step, total, secondsLeft },
      curves:
        step % Math.ceil(total / MOST_POINTS) === 0 || step === total
          ? { ...curves, steps: total, losses: [...curves.losses, { step, loss }] }
          : curves,
    });
  } else {
    // Where no held-out photograph has a label there is none.
    if (Number.isFinite(progress.mAP))
      run.update({ curves: { ...curves, mAPs: [...curves.mAPs, progress] } });
  }
}

export function TrainView() {
  const { model } = useStore(modelState);
  const data = useStore(dataState);
  const { progress, curves, result, stop } = useStore(run);
  const [settings, setSettings] = useState<Settings>({ epochs: 40, heldOut: 0.2, seed: 5, continues: true });
  const images = data ? data.names.filter((_, image) => !data.labelling.isUntouched(image)).length : 0;
  const known = model ? (data?.labelling.labels.filter((one) => model.labels.includes(one)).length ?? 0) : 0;
  const goesOn = known > 0 && model!.isContinuable;
  const isReady = model !== undefined && data !== undefined && data.labelling.labels.length > 0 && images > 1;
  const field = (name: 'epochs' | 'heldOut' | 'seed', min: number, max: number, scale = 1) => (
    <input
      type="number"
      min={min}
      max={max}
      aria-describedby={`hint-${name}`}
      value={Math.round(settings[name] * scale)}
      onChange={({ currentTarget: { valueAsNumber } }) => {
        if (valueAsNumber >= min && valueAsNumber <= max)
          setSettings({ ...settings, [name]: Math.round(valueAsNumber) / scale });
      }}
    />
  );
  const hint = (name: 'epochs' | 'heldOut' | 'seed', text: string) => (
    <span id={`hint-${name}`} class="muted small">
      {text}
    </span>
  );
  return (
    <section aria-labelledby="train-heading" class="training">
      <h2 id="train-heading">{strings.train.heading}</h2>
      <p>{strings.train.lead}</p>
      {!model && <p class="needs">{strings.train.needsModel}</p>}
      {images < 2 && <p class="needs">{strings.train.needsData}</p>}
      {isReady && (
        <form
          class="settings"
          onSubmit={(event) => {
            event.preventDefault();
            void start(data, { ...settings, continues: settings.continues && goesOn });
          }}
        >
          <p class="muted">
            {strings.train.data(images, data.labelling.labels.length)} ·{' '}
            {strings.train.backbone(model.backbone, `${model.height} × ${model.width}`)}
            {images < data.names.length && <> · {strings.train.skipped(data.names.length - images)}</>}
          </p>
          {known > 0 && !goesOn && <p class="muted">{strings.train.isNotContinuable(model.head)}</p>}
          <div class="fields">
            <div>
              <label>
                {strings.train.epochs}
                {field('epochs', 1, 500)}
              </label>
              {hint('epochs', strings.train.epochsHint)}
            </div>
            <div>
              <label>
                {strings.train.heldOut} (%){field('heldOut', 5, 50, 100)}
              </label>
              {hint('heldOut', strings.train.heldOutHint)}
            </div>
            <div>
              <label>
                {strings.train.seed}
                {field('seed', 0, 1e6)}
              </label>
              {hint('seed', strings.train.seedHint)}
            </div>
            {goesOn && (
              <label class="check">
                <input
                  type="checkbox"
                  checked={settings.continues}
                  onChange={({ currentTarget: { checked } }) =>
                    setSettings({ ...settings, continues: checked })
                  }
                />{' '}
                {strings.train.continues(known)}
              </label>
            )}
            <button type="submit" class="primary" disabled={stop !== undefined}>
              {result ? strings.train.again : strings.train.start}
            </button>
          </div>
        </form>
      )}
      {progress && <ProgressBar state={progress} onStop={() => stop?.abort()} />}
      {curves.losses.length > 0 && <Curves {...curves} />}
      {result && <Result result={result} />}
    </section>
  );
}

function Result({ result }: { readonly result: Finished }) {
  const { mAP, epoch, heldOut, perLabel, bad, continued } = result;
  const columns = strings.train.columns;
  const few = perLabel.filter(({ images }) => images < FEW).length;
  return (
    <>
      <h3>{strings.train.result}</h3>
      <p class="headline" data-map={mAP}>
        {strings.train.mAP(mAP, heldOut.length)}
      </p>
      <p class="muted small">{strings.train.mAPNote}</p>
      {few > 0 && <p class="needs">{strings.train.few(few, FEW)}</p>}
      <p class="muted">
        {strings.train.best(epoch)} {strings.train.times(result)}
        {continued && <> {strings.train.continued(continued.carried.length, continued.added.length)}</>}
        {continued === false && <> {strings.train.notContinued}</>}
      </p>
      {bad.length > 0 && (
        <div class="error">
          <p>{strings.train.bad(bad.length)}</p>
          <ul>
            {bad.slice(0, 5).map(({ name, message }) => (
              <li key={name}>
                <bdi>{name}</bdi>: {message}
              </li>
            ))}
          </ul>
        </div>
      )}
      <Downloads result={result} />
      <div class="scroll" tabIndex={0} role="region" aria-label={strings.train.table}>
        <table>
          <thead>
            <tr>
              <th scope="col">{columns.label}</th>
              <th scope="col">{columns.ap}</th>
              <th scope="col">{columns.images}</th>
              <th scope="col">{columns.threshold}</th>
            </tr>
          </thead>
          <tbody>
            {perLabel.map(({ label, ap, images, threshold }) => (
              <tr key={label}>
                <th scope="row">
                  <bdi>{label}</bdi>
                </th>
                <td>{images === 0 ? '–' : percent(ap)}</td>
                <td>{images}</td>
                <td>{threshold.toFixed(2)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
      <p class="muted small">{strings.train.tableNote}</p>
      <Mistakes mistakes={result.mistakes} />
    </>
  );
}

/** Positives below which the average precision of a label says little: as polytag-eval score has it. */
const FEW = 10;

const FORMS: readonly ExportForm[] = ['folder', 'tfjs', 'onnx'];

function Downloads({ result: { heldOutFile, folder } }: { readonly result: Finished }) {
  const [busy, setBusy] = useState<ExportForm>();
  const take = async (form: ExportForm) => {
    setBusy(form);
    try {
      const files = await ask('exportModel', { form, which: 'trained' });
      const name = form === 'folder' ? 'model' : `model-${form}`;
      download(`${name}.zip`, zipped(name, files));
      run.update({ result: { ...run.value.result!, isTaken: true } });
    } catch (error) {
      tellError(error);
    } finally {
      setBusy(undefined);
    }
  };
  const labels = () => download('held-out.json', new Blob([heldOutFile], { type: 'application/json' }));
  const use = () =>
    void ask('keep', {}).then(({ model }) => {
      setModel(model);
      location.hash = '#try';
      tell(strings.train.used);
    }, tellError);
  return (
    <div class="downloads">
      <h4>{strings.train.download}</h4>
      <div class="bar">
        {FORMS.map((form) => (
          <button key={form} type="button" disabled={busy !== undefined} onClick={() => void take(form)}>
            {strings.train[form]}
          </button>
        ))}
        <button type="button" onClick={labels}>
          {strings.train.labels}
        </button>
        <button type="button" onClick={use}>
          {strings.train.use}
        </button>
      </div>
      <p class="muted small">
        <code>{strings.train.folderHint}</code> {strings.train.folderHintNote(folder)}
      </p>
    </div>
  );
}
