import { useEffect, useMemo, useRef, useState } from 'preact/hooks';
import { chosenEntries, commonFolder } from '../files/entries.ts';
import { download } from '../files/download.ts';
import { canOpenFolders, chooseFolder } from '../files/folder.ts';
import { isTraining, modelState } from '../model-state.ts';
import { strings } from '../strings.ts';
import { FileButton } from '../ui/file-button.tsx';
import { tell, tellError, warn } from '../ui/notices.tsx';
import { ProgressBar, type ProgressState } from '../ui/progress-bar.tsx';
import { useStore } from '../ui/store.ts';
import type { Progress } from '../worker/protocol.ts';
import {
  asideState,
  askModel,
  closeData,
  dataState,
  discardAside,
  edited,
  fileOfAside,
  folderToReopen,
  labelFile,
  markSaved,
  openEntries,
  openFolder,
  openScenes,
  photographToShow,
  reopenFolder,
  saveLabels,
  takeAside,
  type DataState,
} from './data-state.ts';
import { filtered, FILTERS, type Filter, type FilterName } from './filters.ts';
import { Grid } from './grid.tsx';
import { ABSENT, PRESENT, UNKNOWN, type Labelling, type State } from './labelling.ts';
import { SIGNS, STATES } from './marks.ts';

const SCENES = 240;
const ALL: Filter = { name: 'all' };
const needsModel = (name: FilterName) => name === 'doubt' || name === 'disagree';

export function LabelView() {
  const opened = useStore(dataState);
  const { version } = useStore(modelState);
  // What another model suggested is of other labels and thresholds.
  const data =
    opened?.suggestions && opened.suggestions.version !== version
      ? { ...opened, suggestions: undefined }
      : opened;
  return (
    <section aria-labelledby="label-heading">
      <h2 id="label-heading" class="visually-hidden">
        {strings.label.heading}
      </h2>
      <Aside data={data} />
      {data ? <Labelled key={data.id} data={data} /> : <Empty />}
    </section>
  );
}

/** Labels that were not saved, of what is not open any more: none is lost. */
function Aside({ data }: { readonly data: DataState | undefined }) {
  const all = useStore(asideState);
  return (
    <>
      {all.map((kept) => (
        <div key={kept.id} class="aside bar">
          <p>
            <bdi>{strings.label.aside(kept.name, kept.names.length)}</bdi>
          </p>
          {data?.names.some((name) => kept.names.includes(name)) && (
            <button
              type="button"
              class="primary"
              onClick={() => void takeAside(kept).then(() => tell(strings.label.takenAside), tellError)}
            >
              {strings.label.takeAside}
            </button>
          )}
          <button
            type="button"
            onClick={() =>
              download(nameOf(kept.name), new Blob([fileOfAside(kept)], { type: 'application/json' }))
            }
          >
            {strings.label.downloadAside}
          </button>
          <button type="button" class="quiet" onClick={() => void discardAside(kept).catch(tellError)}>
            {strings.label.discardAside}
          </button>
        </div>
      ))}
    </>
  );
}

const nameOf = (path: string) => path.slice(path.lastIndexOf('/') + 1);

function Empty() {
  const [progress, setProgress] = useState<ProgressState>();
  const toReopen = useStore(folderToReopen);
  const open = (files: readonly File[]) =>
    void chosenEntries(files)
      .then((entries) => openEntries(entries))
      .catch(tellError);
  const choose = async () => {
    const folder = await chooseFolder();
    if (folder) await openFolder(folder);
  };
  const example = () =>
    void openScenes(SCENES, (told) => setProgress(stateOf(strings.label.example, told)))
      .catch(tellError)
      .finally(() => setProgress(undefined));
  return (
    <div class="dropzone">
      <p>{strings.label.empty}</p>
      {toReopen && (
        <button type="button" class="primary" onClick={() => void reopenFolder(toReopen).catch(tellError)}>
          {strings.label.reopen(toReopen.folder!.name)}
        </button>
      )}
      {canOpenFolders() ? (
        <button
          type="button"
          class={toReopen ? undefined : 'primary'}
          title={strings.label.openFolderNote}
          onClick={() => void choose().catch(tellError)}
        >
          {strings.label.openFolder}
        </button>
      ) : (
        <FileButton text={strings.label.openFolder} folder primary onFiles={open} />
      )}
      <FileButton text={strings.label.openFiles} accept="image/*,.json,.zip" multiple onFiles={open} />
      <button type="button" disabled={progress !== undefined} onClick={example}>
        {strings.label.example}
      </button>
      {progress && <ProgressBar state={progress} />}
    </div>
  );
}

export function stateOf(text: string, progress: Progress): ProgressState | undefined {
  if (progress.kind !== 'images') return undefined;
  return { text, done: progress.done, total: progress.total, secondsLeft: progress.secondsLeft };
}

function Labelled({ data }: { readonly data: DataState }) {
  const { labelling, edits, suggestions } = data;
  const { thresholds } = useStore(modelState);
  const [chosenFilter, setFilter] = useState(ALL);
  const filter: Filter = needsModel(chosenFilter.name) && !suggestions ? ALL : chosenFilter;
  const [looked] = useState(photographToShow.value);
  useEffect(() => photographToShow.set(undefined), []);
  const [selected, setSelected] = useState<ReadonlySet<number>>(
    new Set(looked === undefined ? [] : [looked]),
  );
  const [focus, setFocus] = useState(looked ?? 0);
  const [anchor, setAnchor] = useState(looked ?? 0);
  const panel = useRef<HTMLElement>(null);
  const toGrid = () => panel.current!.parentElement!.querySelector<HTMLElement>('.grid')!.focus();
  const lastFocused = useRef<HTMLElement | null>(null);
  useEffect(() => {
    const { current } = lastFocused;
    // A button that had the focus is gone, as a suggestion that was taken: keys go on in the grid.
    if (current && !current.isConnected && document.activeElement === document.body) toGrid();
  });
  useEffect(() => {
    // Of another photograph, what is suggested and present stands above.
    panel.current!.scrollTop = 0;
  }, [selected]);
  const tagInput = useRef<HTMLInputElement>(null);
  // What is tagged stays on the screen until another filter is chosen.
  const shown = useMemo(
    () => filtered(data, filter),
    [filter, suggestions, filter.name === 'doubt' || filter.name === 'disagree' ? thresholds : undefined],
  );
  const place = Math.min(focus, Math.max(0, shown.length - 1));
  const chosen = [...selected];

  const choose = (at: number, { extend, toggle }: { readonly extend: boolean; readonly toggle: boolean }) => {
    setFocus(at);
    if (extend) {
      const [from, to] = [Math.min(anchor, at), Math.max(anchor, at)];
      setSelected(new Set(shown.slice(from, to + 1)));
    } else if (toggle) {
      const changed = new Set(selected);
      if (!changed.delete(shown[at])) changed.add(shown[at]);
      setSelected(changed);
      setAnchor(at);
    } else {
      setSelected(new Set([shown[at]]));
      setAnchor(at);
    }
  };

  /** What is not shown any more is not selected: nobody labels what they do not see. */
  const changeFilter = (changed: Filter) => {
    const seen = new Set(filtered(data, changed));
    setFilter(changed);
    setSelected(new Set(chosen.filter((image) => seen.has(image))));
    setAnchor(0);
  };
  const setState = (label: number, state: State) => {
    if (chosen.length === 0) return;
    labelling.set(chosen, label, state);
    edited();
    tell(strings.label.changed(chosen.length, labelling.labels[label], STATES[state]));
  };
  /** Present, or absent where all have it already. */
  const switchLabel = (label: number) =>
    setState(label, labelling.common(chosen, label) === PRESENT ? ABSENT : PRESENT);
  const undo = () => {
    if (!labelling.undo()) return;
    edited();
    tell(strings.label.undone);
  };

  const onKey = (event: KeyboardEvent): boolean => {
    if ((event.ctrlKey || event.metaKey) && event.key.toLowerCase() === 'z' && !event.shiftKey)
      return (undo(), true);
    if (event.ctrlKey || event.metaKey || event.altKey) return false;
    const digit = /^(?:Digit|Numpad)([1-9])$/.exec(event.code);
    if (digit) {
      const label = Number(digit[1]) - 1;
      if (label >= labelling.labels.length) return false;
      if (event.shiftKey) setState(label, UNKNOWN);
      else switchLabel(label);
      return true;
    }
    if (event.key.toLowerCase() === 't') return (tagInput.current!.focus(), true);
    return false;
  };
  const onGridKey = (event: KeyboardEvent, columns: number) => {
    const moves: Record<string, number> = {
      ArrowLeft: -1,
      ArrowRight: 1,
      ArrowUp: -columns,
      ArrowDown: columns,
      Home: -place,
      End: shown.length - 1 - place,
      PageUp: -4 * columns,
      PageDown: 4 * columns,
    };
    const move = moves[event.key];
    if (move !== undefined && shown.length > 0) {
      const to = Math.max(0, Math.min(shown.length - 1, place + move));
      if ((event.ctrlKey || event.metaKey) && !event.shiftKey) setFocus(to);
      else choose(to, { extend: event.shiftKey, toggle: false });
    } else if (event.key === ' ') choose(place, { extend: false, toggle: true });
    else if ((event.ctrlKey || event.metaKey) && event.key.toLowerCase() === 'a') setSelected(new Set(shown));
    else if (!onKey(event)) return;
    event.preventDefault();
  };

  return (
    <div class="labelling">
      <div class="main-side">
        <FilterBar data={data} filter={filter} shown={shown.length} onFilter={changeFilter} />
        <Grid
          data={data}
          shown={shown}
          selected={selected}
          looked={filter.label}
          focus={place}
          onFocus={choose}
          onKeyDown={onGridKey}
        />
        <p class="muted small">{strings.label.keys}</p>
      </div>
      <aside
        ref={panel}
        class="panel"
        onFocusIn={({ target }) => (lastFocused.current = target as HTMLElement)}
        aria-label={strings.label.tags}
        data-edits={edits}
      >
        <FileBar data={data} onUndo={undo} />
        <Suggested
          data={data}
          chosen={chosen}
          onTake={(label) => setState(labelling.addLabel(label), PRESENT)}
        />
        <h3>
          {strings.label.tags} <span class="muted">{strings.label.selected(selected.size)}</span>
        </h3>
        <AddLabel data={data} chosen={chosen} input={tagInput} onLeave={toGrid} />
        {labelling.labels.length > 0 && <p class="muted small">{strings.label.states}</p>}
        <Tags data={data} chosen={chosen} onState={setState} />
      </aside>
    </div>
  );
}

interface FilterBarProps {
  readonly data: DataState;
  readonly filter: Filter;
  readonly shown: number;
  readonly onFilter: (filter: Filter) => void;
}

function FilterBar({ data, filter, shown, onFilter }: FilterBarProps) {
  return (
    <div class="bar">
      <label>
        {strings.label.filter}{' '}
        <select
          value={filter.name}
          onChange={({ currentTarget }) => onFilter({ ...filter, name: currentTarget.value as FilterName })}
        >
          {FILTERS.map((name) => (
            <option key={name} value={name} disabled={needsModel(name) && !data.suggestions}>
              {strings.label.filters[name]}
            </option>
          ))}
        </select>
      </label>
      <label>
        {strings.label.ofLabel}{' '}
        <select
          value={filter.label ?? ''}
          onChange={({ currentTarget: { value } }) =>
            onFilter({ ...filter, label: value === '' ? undefined : Number(value) })
          }
        >
          <option value="">{strings.label.anyLabel}</option>
          {data.labelling.labels.map((label, k) => (
            <option key={label} value={k}>
              {label}
            </option>
          ))}
        </select>
      </label>
      <span class="muted" role="status">
        {strings.label.shown(shown, data.names.length)}
      </span>
    </div>
  );
}

function FileBar({ data, onUndo }: { readonly data: DataState; readonly onUndo: () => void }) {
  const give = () => {
    const name = nameOf(data.name);
    download(name, new Blob([labelFile()], { type: 'application/json' }));
    markSaved();
    if (data.kind === 'files') warn(strings.label.downloaded(name, commonFolder(data.names)));
  };
  const save = () => void saveLabels().then(() => tell(strings.label.saved), tellError);
  return (
    <div class="file-bar">
      <div class="bar">
        {data.version !== undefined && (
          <button type="button" class="primary" disabled={data.isSaved} onClick={save}>
            {strings.label.save}
          </button>
        )}
        <button type="button" onClick={give}>
          {strings.label.download}
        </button>
        <button type="button" disabled={!data.labelling.canUndo} onClick={onUndo}>
          {strings.label.undo}
        </button>
        {data.kind !== 'played' && (
          <button type="button" class="quiet" onClick={() => void closeData().catch(tellError)}>
            {strings.label.clear}
          </button>
        )}
      </div>
      <p class="muted small">
        <bdi>{data.name}</bdi>
        {!data.isSaved && <> · {strings.label.unsaved}</>}
      </p>
    </div>
  );
}

interface AddLabelProps {
  readonly data: DataState;
  readonly chosen: readonly number[];
  readonly input: { readonly current: HTMLInputElement | null };
  readonly onLeave: () => void;
}

/** A label by typing: one that is there, or a new one. */
function AddLabel({ data: { labelling }, chosen, input, onLeave }: AddLabelProps) {
  const add = (text: string) => {
    const label = text.trim().normalize('NFC');
    if (label === '') return;
    if (!/[\p{L}\p{N}]/u.test(label)) return tell(strings.label.badLabel);
    const isNew = !labelling.labels.includes(label);
    if (!isNew && chosen.length === 0) return tell(strings.label.nothingSelected(label));
    const alike = isNew && labelling.labels.find((one) => one.toLowerCase() === label.toLowerCase());
    const k = labelling.addLabel(label);
    if (chosen.length > 0) labelling.set(chosen, k, PRESENT);
    edited();
    tell(
      [
        chosen.length > 0
          ? strings.label.changed(chosen.length, label, 'present')
          : strings.label.newLabel(label),
        ...(alike ? [strings.label.likeAnother(label, alike)] : []),
      ].join(' '),
    );
    input.current!.value = '';
  };
  return (
    <form
      class="add"
      onSubmit={(event) => {
        event.preventDefault();
        add(input.current!.value);
      }}
    >
      <label for="new-label">{strings.label.add}</label>
      <input
        ref={input}
        id="new-label"
        list="all-labels"
        maxLength={200}
        autocomplete="off"
        onKeyDown={({ key }) => {
          if (key === 'Escape') onLeave();
        }}
        aria-describedby="add-hint"
      />
      <datalist id="all-labels">
        {labelling.labels.map((label) => (
          <option key={label} value={label} />
        ))}
      </datalist>
      <p id="add-hint" class="muted small">
        {strings.label.addHint}
      </p>
    </form>
  );
}

/** Labels that all have a key stay in their order; of more, those that a selected photograph has come first. */
export function orderedTags(labelling: Labelling, chosen: readonly number[]): number[] {
  const order = [...labelling.labels.keys()];
  if (order.length <= 9) return order;
  const isPresent = order.map((k) => chosen.some((image) => labelling.states[k][image] === PRESENT));
  return order.sort((a, b) => Number(isPresent[b]) - Number(isPresent[a]));
}

interface TagsProps {
  readonly data: DataState;
  readonly chosen: readonly number[];
  readonly onState: (label: number, state: State) => void;
}

function Tags({ data: { labelling }, chosen, onState }: TagsProps) {
  // While photographs are selected no label changes its place: it would move away from the pointer.
  const order = useMemo(
    () => orderedTags(labelling, chosen),
    [chosen.join(), labelling, labelling.labels.length],
  );
  return (
    <ul class="tags">
      {order.map((k) => {
        const label = labelling.labels[k];
        const state = chosen.length > 0 ? labelling.common(chosen, k) : undefined;
        return (
          <li key={label}>
            <span class="name">
              {k < 9 && (
                <kbd title={strings.label.key(k + 1)} aria-hidden="true">
                  {k + 1}
                </kbd>
              )}
              <bdi>{label}</bdi> <span class="muted small">{labelling.count(k, PRESENT)}</span>
            </span>
            <span class="states" role="group" aria-label={strings.label.stateOf(label)}>
              {([PRESENT, ABSENT, UNKNOWN] as const).map((one) => (
                <button
                  key={one}
                  type="button"
                  class={STATES[one]}
                  disabled={chosen.length === 0}
                  aria-pressed={state === one}
                  aria-label={strings.label.state[STATES[one]]}
                  title={strings.label.state[STATES[one]]}
                  onClick={() => onState(k, one)}
                >
                  <span aria-hidden="true">{SIGNS[one]}</span>
                </button>
              ))}
            </span>
          </li>
        );
      })}
    </ul>
  );
}

interface SuggestedProps {
  readonly data: DataState;
  readonly chosen: readonly number[];
  readonly onTake: (label: string) => void;
}

const MOST_SUGGESTED = 6;

/** What the model sees in the selected photograph that nobody has decided yet. */
function Suggested({ data, chosen, onTake }: SuggestedProps) {
  const { model, thresholds } = useStore(modelState);
  const waits = useStore(isTraining);
  const [progress, setProgress] = useState<ProgressState>();
  const [stop, setStop] = useState<AbortController>();
  useEffect(() => () => stop?.abort(), [stop]);
  if (!model) return null;
  const { suggestions, labelling } = data;
  const start = () => {
    const controller = new AbortController();
    setStop(controller);
    setProgress({ text: strings.label.suggest, done: 0, total: 1, secondsLeft: NaN });
    askModel((told) => setProgress(stateOf(strings.label.suggest, told)), controller.signal)
      .catch(tellError)
      .finally(() => setProgress(undefined));
  };
  const image = chosen.length === 1 ? chosen[0] : undefined;
  const width = suggestions?.labels.length ?? 0;
  const open =
    suggestions && image !== undefined
      ? suggestions.labels
          .map((label, k) => ({ label, k, score: suggestions.scores[image * width + k] }))
          .filter(({ label, k, score }) => {
            const own = labelling.labels.indexOf(label);
            const isOpen = own < 0 || labelling.states[own][image] === UNKNOWN;
            return isOpen && score >= (thresholds[k] ?? 0.5);
          })
          .sort((a, b) => b.score - a.score)
          .slice(0, MOST_SUGGESTED)
      : [];
  const missing = model.labels.filter((label) => !labelling.labels.includes(label));
  return (
    <div class="suggested">
      <h3>{strings.label.suggestions}</h3>
      <div class="bar">
        {/* It stays while the model runs, so that it keeps the focus. */}
        <button type="button" aria-disabled={progress !== undefined} onClick={() => progress ?? start()}>
          {suggestions ? strings.label.suggestAgain : strings.label.suggest}
        </button>
        {missing.length > 0 && !progress && (
          <button
            type="button"
            class="quiet"
            onClick={() => {
              for (const label of missing) labelling.addLabel(label);
              edited();
            }}
          >
            {strings.label.addModelLabels}
          </button>
        )}
      </div>
      {progress && (
        <ProgressBar
          state={waits ? { ...progress, text: strings.label.suggestWaits } : progress}
          onStop={() => stop?.abort()}
        />
      )}
      <p class="muted small">{strings.label.suggestNote}</p>
      {suggestions &&
        labelling.labels.length > 0 &&
        !suggestions.labels.some((label) => labelling.labels.includes(label)) && (
          <p class="muted small">{strings.label.suggestNoneKnown}</p>
        )}
      {suggestions && image !== undefined && (
        <p class="chips">
          {open.length === 0 && <span class="muted">{strings.label.noSuggestions}</span>}
          {open.map(({ label, score }) => (
            <button
              key={label}
              type="button"
              class="chip"
              title={strings.label.takeTitle(label)}
              onClick={() => onTake(label)}
            >
              + {strings.label.take(label, score)}
            </button>
          ))}
        </p>
      )}
    </div>
  );
}
