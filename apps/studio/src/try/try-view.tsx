import { useEffect, useRef, useState } from 'preact/hooks';
import { entriesAt } from '../files/address.ts';
import { chosenEntries, modelAmong } from '../files/entries.ts';
import {
  ask,
  closeCompared,
  compared,
  isTraining,
  main,
  modelState,
  openExample,
  openModelAmong,
  type ModelPlace,
} from '../model-state.ts';
import { useThumbnail } from '../label/use-thumbnail.ts';
import { percent, strings } from '../strings.ts';
import { FileButton } from '../ui/file-button.tsx';
import { tell, tellError } from '../ui/notices.tsx';
import { useStore } from '../ui/store.ts';
import type { WorkerError } from '../worker/client.ts';
import type { ModelFacts } from '../worker/protocol.ts';

import { asCsv, asJson } from './copied.ts';
import {
  addPictures,
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
  const other = useStore(compared.state);
  const { all, shown } = useStore(pictures);
  const picture = all.find(({ id }) => id === shown);
  useEffect(predictMissing, [version, other.version, all.length]);
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
            {model && <Compare />}
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
    <Address />
  </>
);

/** Opens what lies at an address of this site: a model, or photographs. */
function Address() {
  const open = async (address: string) => {
    const entries = await entriesAt(address);
    if (modelAmong(entries)) await openModelAmong(entries);
    else addPictures(entries);
  };
  return (
    <details class="address">
      <summary>{strings.address.summary}</summary>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          const address = new FormData(event.currentTarget).get('address') as string;
          if (address.trim() !== '') open(address.trim()).catch(tellError);
        }}
      >
        <label>
          {strings.address.label} <input name="address" type="text" autocomplete="off" maxLength={2000} />
        </label>
        <button type="submit">{strings.address.open}</button>
      </form>
      <p class="muted small">{strings.address.note}</p>
    </details>
  );
}

/** Opens a second model beside the first, and closes it. */
function Compare() {
  const { model, isOpening } = useStore(compared.state);
  const open = (files: readonly File[]) =>
    void chosenEntries(files)
      .then((entries) => openModelAmong(entries, compared))
      .then((found) => found || Promise.reject(new Error(strings.model.notModel)))
      .catch(tellError);
  if (isOpening) return <span role="status">{strings.model.opening}</span>;
  if (model)
    return (
      <button type="button" onClick={closeCompared}>
        {strings.try.stopComparing}
      </button>
    );
  return (
    <>
      <FileButton text={strings.try.compareFolder} folder onFiles={open} />
      <FileButton text={strings.try.compare} accept=".zip" onFiles={open} />
    </>
  );
}

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
      {all.map(({ id, name, blob }) => (
        <li key={id}>
          <button
            type="button"
            aria-pressed={id === shown}
            aria-label={name}
            title={name}
            onClick={() => showPicture(id)}
          >
            <Thumbnail source={blob} />
          </button>
        </li>
      ))}
    </ul>
  );
}

function Thumbnail({ source }: { readonly source: Blob }) {
  const { address, isBad } = useThumbnail(source);
  if (isBad) return <span class="bad">!</span>;
  return address ? <img src={address} alt="" decoding="async" /> : null;
}

/** The label whose heat map is shown, and the model that it is of. */
interface Focus {
  readonly place: ModelPlace;
  readonly label: string;
}

function Shown({ picture }: { readonly picture: Picture }) {
  const one = useStore(main.state);
  const other = useStore(compared.state);
  const [focus, setFocus] = useState<Focus>();
  const [told, setTold] = useState<{ readonly key: string; readonly state: HeatState }>();
  const waits = useStore(isTraining);
  // What has a thumbnail has been looked at: it is an image, and not one of a billion pixels.
  const { address: thumbnail, isBad } = useThumbnail(picture.blob);
  const places = [main, ...(other.model ? [compared] : [])];
  const isSeen = focus && picture.predicted.get(focus.place)?.scores;
  const seen = isSeen && focus.place.state.value.model?.labels.includes(focus.label) ? focus : undefined;
  const key =
    seen && [picture.id, places.indexOf(seen.place), one.version, other.version, seen.label].join('/');
  const heat = told !== undefined && told.key === key ? told.state : 'making';
  return (
    <div class={places.length > 1 ? 'shown two' : 'shown'}>
      <figure>
        <div class="photo" aria-busy={seen !== undefined && heat === 'making'}>
          {thumbnail && (
            <img
              src={picture.address}
              alt={picture.name}
              onLoad={({ currentTarget: { naturalWidth, naturalHeight, parentElement } }) =>
                parentElement?.style.setProperty('--ratio', String(naturalWidth / naturalHeight))
              }
            />
          )}
          {seen && (
            <Heat key={key} picture={picture} {...seen} onState={(state) => setTold({ key: key!, state })} />
          )}
        </div>
        <figcaption>
          <bdi>{picture.name}</bdi>
          <br />
          <span role="status" class={seen && typeof heat === 'object' ? 'error' : undefined}>
            {one.model && !isBad && (seen ? heatText(heat, seen, waits) : strings.try.noMap)}
          </span>
        </figcaption>
      </figure>
      {places.map((place, i) => (
        <Scores
          key={i}
          place={place}
          picture={picture}
          isNamed={places.length > 1}
          focused={seen?.place === place ? seen.label : undefined}
          onFocus={(label) => setFocus(label === undefined ? undefined : { place, label })}
        />
      ))}
    </div>
  );
}

interface ScoresProps {
  readonly place: ModelPlace;
  readonly picture: Picture;
  /** Whether the name of the model stands above: there are two. */
  readonly isNamed: boolean;
  readonly focused?: string;
  readonly onFocus: (label: string | undefined) => void;
}

/** What a model makes of a photograph. */
function Scores({ place, picture, isNamed, focused, onFocus }: ScoresProps) {
  const { model } = useStore(place.state);
  const waits = useStore(isTraining);
  const { scores, milliseconds, failure } = picture.predicted.get(place) ?? {};
  if (failure !== undefined)
    return (
      <p class="error">
        {strings.try.failed(picture.name)}: {failure}
      </p>
    );
  if (!model) return null;
  if (!scores)
    return waits && place === main ? (
      <p class="needs" role="status">
        {strings.try.waits}
      </p>
    ) : null;
  return (
    <div class="scores">
      <h3>{isNamed ? <bdi>{model.name}</bdi> : strings.try.labels}</h3>
      {milliseconds !== undefined && <p class="muted small">{strings.try.time(milliseconds)}</p>}
      <Bars place={place} model={model} scores={scores} focused={focused} onFocus={onFocus} />
    </div>
  );
}

/** What becomes of a heat map: it takes as long as several predictions. */
type HeatState = 'making' | 'made' | { readonly failure: string };

function heatText(heat: HeatState, { place, label }: Focus, waits: boolean): string {
  if (typeof heat === 'object') return strings.try.mapFailed(label, heat.failure);
  if (heat === 'made') return strings.try.map(label);
  return waits && place === main ? strings.try.mapWaits(label) : strings.try.mapMaking(label);
}

interface HeatProps extends Focus {
  readonly picture: Picture;
  readonly onState: (state: HeatState) => void;
}

/** The heat map of a label, laid over the photograph. */
function Heat({ picture, place, label, onState }: HeatProps) {
  const canvas = useRef<HTMLCanvasElement>(null);
  useEffect(() => {
    let isGone = false;
    place.network.ask('explain', { source: picture.blob, label }).then(
      ({ pixels, height, width }) => {
        if (isGone || !canvas.current) return;
        Object.assign(canvas.current, { height, width });
        canvas.current.getContext('2d')!.putImageData(new ImageData(pixels, width, height), 0, 0);
        onState('made');
      },
      ({ message, hint }: WorkerError) => {
        if (!isGone) onState({ failure: [message, hint].filter(Boolean).join(' ') });
      },
    );
    return () => void (isGone = true);
  }, []);
  return <canvas ref={canvas} class="heat" aria-hidden="true" width={1} height={1} />;
}

interface BarsProps {
  readonly place: ModelPlace;
  readonly model: ModelFacts;
  readonly scores: Float32Array;
  readonly focused?: string;
  readonly onFocus: (label: string | undefined) => void;
}

/** A bar for each label; on it its threshold, which can be moved. */
function Bars({ place: { state }, model, scores, focused, onFocus }: BarsProps) {
  const { thresholds } = useStore(state);
  const { labels } = model;
  const [isAll, setAll] = useState(false);
  const order = [...labels.keys()].sort((a, b) => scores[b] - scores[a]);
  const shown = isAll ? order : order.slice(0, FEW);
  const setThresholds = (change: (before: number, k: number) => number) =>
    state.update({ thresholds: thresholds.map(change) });
  const common = thresholds.every((one) => one === thresholds[0]) ? thresholds[0] : 0.5;
  return (
    <>
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
        <button type="button" class="quiet" onClick={() => state.update({ thresholds: model.thresholds })}>
          {strings.try.own}
        </button>
      </div>
      <p class="muted small">{strings.try.thresholdNote}</p>
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
    </>
  );
}
