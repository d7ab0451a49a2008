import { useEffect, useRef, useState } from 'preact/hooks';
import { chosenEntries } from '../files/entries.ts';
import { modelState, openExample } from '../model-state.ts';
import { percent, strings } from '../strings.ts';
import { FileButton } from '../ui/file-button.tsx';
import { tell, tellError } from '../ui/notices.tsx';
import { useStore } from '../ui/store.ts';
import { ask } from '../worker/client.ts';
import {
  addPictures,
  asCsv,
  asJson,
  pictures,
  predictions,
  predictMissing,
  removePictures,
  showPicture,
  type Picture,
} from './pictures.ts';

const ACCEPT = 'image/jpeg,image/png,image/webp,.zip';
/** Labels that are shown at first. */
const FEW = 12;

const add = (files: readonly File[]) => void chosenEntries(files).then(addPictures).catch(tellError);

/** Opens the example, with some scenes to look at. */
async function startExample(): Promise<void> {
  try {
    await openExample();
    const scenes = await ask('scenes', { count: 6 });
    addPictures(scenes.map(({ name, blob }) => ({ path: name, blob })));
  } catch (error) {
    tellError(error);
  }
}

export function TryView() {
  const { model, version, isOpening } = useStore(modelState);
  const { all, shown } = useStore(pictures);
  const picture = all.find(({ id }) => id === shown);
  useEffect(() => void predictMissing(), [version, all.length]);
  return (
    <section aria-labelledby="try-heading">
      <h2 id="try-heading" class="visually-hidden">
        {strings.try.heading}
      </h2>
      {!model && !isOpening && (
        <div class="start">
          <p>{strings.try.needsModel}</p>
          <button type="button" class="primary" onClick={() => void startExample()}>
            {strings.model.example}
          </button>
          <p class="muted">{strings.model.exampleNote}</p>
        </div>
      )}
      {all.length === 0 ? (
        <div class="dropzone">
          <p>{strings.try.empty}</p>
          <Choose />
        </div>
      ) : (
        <>
          <div class="bar">
            <Choose />
            <button type="button" onClick={removePictures}>
              {strings.try.remove}
            </button>
            {model && <Copy />}
          </div>
          <Strip all={all} shown={shown} />
          {picture && <Shown picture={picture} />}
        </>
      )}
    </section>
  );
}

const Choose = () => (
  <>
    <FileButton text={strings.try.choose} accept={ACCEPT} multiple onFiles={add} />
    <FileButton text={strings.try.camera} accept="image/*" camera onFiles={add} />
  </>
);

function Copy() {
  const copy = (text: string) =>
    void navigator.clipboard.writeText(text).then(
      () => tell(strings.try.copied),
      () => tell(strings.try.notCopied),
    );
  return (
    <>
      <button type="button" onClick={() => copy(asJson(predictions()))}>
        {strings.try.copyJson}
      </button>
      <button type="button" onClick={() => copy(asCsv(predictions()))}>
        {strings.try.copyCsv}
      </button>
    </>
  );
}

function Strip({ all, shown }: { readonly all: readonly Picture[]; readonly shown?: number }) {
  return (
    <ul class="strip" aria-label={strings.try.pictures}>
      {all.map(({ id, name, address }) => (
        <li key={id}>
          <button
            type="button"
            aria-pressed={id === shown}
            aria-label={name}
            title={name}
            onClick={() => showPicture(id)}
          >
            <img src={address} alt="" loading="lazy" decoding="async" />
          </button>
        </li>
      ))}
    </ul>
  );
}

function Shown({ picture }: { readonly picture: Picture }) {
  const { model, version } = useStore(modelState);
  const [focused, setFocused] = useState<string>();
  const label = model && focused !== undefined && model.labels.includes(focused) ? focused : undefined;
  return (
    <div class="shown">
      <figure>
        <div class="photo">
          <img
            src={picture.address}
            alt={picture.name}
            onLoad={({ currentTarget: { naturalWidth, naturalHeight, parentElement } }) =>
              parentElement!.style.setProperty('--ratio', String(naturalWidth / naturalHeight))
            }
          />
          {label !== undefined && picture.scores && (
            <Heat key={`${picture.id}/${version}/${label}`} picture={picture} label={label} />
          )}
        </div>
        <figcaption>
          <bdi>{picture.name}</bdi>
          {picture.milliseconds !== undefined && <> · {strings.try.time(picture.milliseconds)}</>}
          <br />
          {model && picture.scores && (label === undefined ? strings.try.noMap : strings.try.map(label))}
        </figcaption>
      </figure>
      {picture.failure && (
        <p class="error">
          {strings.try.failed(picture.name)}: {picture.failure}
        </p>
      )}
      {model && picture.scores && (
        <Bars labels={model.labels} scores={picture.scores} focused={label} onFocus={setFocused} />
      )}
    </div>
  );
}

/** The heat map of a label, laid over the photograph. */
function Heat({ picture, label }: { readonly picture: Picture; readonly label: string }) {
  const canvas = useRef<HTMLCanvasElement>(null);
  useEffect(() => {
    let isGone = false;
    ask('explain', { source: picture.blob, label }).then(({ pixels, height, width }) => {
      if (isGone || !canvas.current) return;
      Object.assign(canvas.current, { height, width });
      canvas.current.getContext('2d')!.putImageData(new ImageData(pixels, width, height), 0, 0);
    }, tellError);
    return () => void (isGone = true);
  }, []);
  return <canvas ref={canvas} class="heat" aria-hidden="true" width={1} height={1} />;
}

interface BarsProps {
  readonly labels: readonly string[];
  readonly scores: Float32Array;
  readonly focused?: string;
  readonly onFocus: (label: string | undefined) => void;
}

/** A bar for each label; on it its threshold, which can be moved. */
function Bars({ labels, scores, focused, onFocus }: BarsProps) {
  const { model, thresholds } = useStore(modelState);
  const [isAll, setAll] = useState(false);
  const order = [...labels.keys()].sort((a, b) => scores[b] - scores[a]);
  const shown = isAll ? order : order.slice(0, FEW);
  const setThresholds = (change: (before: number, k: number) => number) =>
    modelState.update({ thresholds: thresholds.map(change) });
  const common = thresholds.every((one) => one === thresholds[0]) ? thresholds[0] : 0.5;
  return (
    <div class="scores">
      <h3>{strings.try.labels}</h3>
      <div class="all-thresholds">
        <label>
          {strings.try.all}
          <input
            type="range"
            min="0"
            max="1"
            step="0.01"
            value={common}
            onInput={({ currentTarget }) => setThresholds(() => currentTarget.valueAsNumber)}
          />
        </label>
        <button
          type="button"
          class="quiet"
          onClick={() => modelState.update({ thresholds: model!.thresholds })}
        >
          {strings.try.own}
        </button>
      </div>
      <ul class="bars">
        {shown.map((k) => {
          const [label, score, threshold] = [labels[k], scores[k], thresholds[k]];
          const isPresent = score >= threshold;
          return (
            <li key={label} class={isPresent ? 'present' : undefined}>
              <button
                type="button"
                class="name"
                aria-pressed={focused === label}
                aria-label={strings.try.showMap(label)}
                onClick={() => onFocus(focused === label ? undefined : label)}
              >
                <bdi>{label}</bdi>
              </button>
              <input
                type="range"
                min="0"
                max="1"
                step="0.01"
                value={threshold}
                aria-label={strings.try.thresholdOf(label)}
                aria-valuetext={strings.try.scoreText(score, threshold, isPresent)}
                style={{ '--score': `${100 * score}%` }}
                onInput={({ currentTarget }) =>
                  setThresholds((before, i) => (i === k ? currentTarget.valueAsNumber : before))
                }
              />
              <span class="value">{percent(score)}</span>
            </li>
          );
        })}
      </ul>
      {labels.length > FEW && (
        <button type="button" class="quiet" aria-expanded={isAll} onClick={() => setAll(!isAll)}>
          {isAll ? strings.try.fewer : strings.try.more(labels.length)}
        </button>
      )}
    </div>
  );
}
