import { useEffect, useState } from 'preact/hooks';
import { entriesAt } from './files/address.ts';
import { chosenEntries, droppedEntries, modelAmong, type FileEntry } from './files/entries.ts';
import { dataState, isNotKept, openEntries, openKept, openPlayed } from './label/data-state.ts';
import { LabelView } from './label/label-view.tsx';
import { isTraining, modelState, openModelAmong, openModelFiles } from './model-state.ts';
import { isPlayed, offer, playedModel } from './play/server.ts';
import { strings } from './strings.ts';
import { isModelUnsaved, TrainView } from './train/train-view.tsx';
import { addPictures } from './try/pictures.ts';
import { TryView } from './try/try-view.tsx';
import { FileButton } from './ui/file-button.tsx';
import { Notices, tellError } from './ui/notices.tsx';
import { useStore } from './ui/store.ts';

const TABS = ['try', 'label', 'train'] as const;
type Tab = (typeof TABS)[number];

const tabInAddress = (): Tab => TABS.find((tab) => location.hash === `#${tab}`) ?? 'try';

/** Opens what `play` was given, or what was open at the last visit. */
async function begin(): Promise<void> {
  const { model, data } = await offer();
  const address = new URLSearchParams(location.search).get('model');
  if (data) await openPlayed(data);
  else await openKept();
  if (model) await openModelFiles(model.name, await playedModel(model.files));
  else if (address !== null && !(await openModelAmong(await entriesAt(address))))
    throw new Error(strings.model.notModel);
}

export function App() {
  const [tab, setTab] = useState<Tab>(tabInAddress);
  useEffect(() => {
    begin().catch(tellError);
    const follow = () => setTab(tabInAddress());
    addEventListener('hashchange', follow);
    return () => removeEventListener('hashchange', follow);
  }, []);

  const take = async (opening: Promise<FileEntry[]>) => {
    try {
      const entries = await opening;
      if (modelAmong(entries)) await openModelAmong(entries);
      else if (tab === 'label') await openEntries(entries);
      else if (tab === 'try') addPictures(entries);
      else throw new Error(strings.train.notHere);
    } catch (error) {
      tellError(error);
    }
  };
  useEffect(() => {
    const over = (event: DragEvent) => event.preventDefault();
    const drop = (event: DragEvent) => {
      event.preventDefault();
      if (event.dataTransfer) void take(droppedEntries(event.dataTransfer));
    };
    const paste = ({ clipboardData }: ClipboardEvent) => {
      const files = [...(clipboardData?.files ?? [])];
      if (files.length > 0 && tab === 'try') void take(chosenEntries(files));
    };
    addEventListener('dragover', over);
    addEventListener('drop', drop);
    addEventListener('paste', paste);
    return () => {
      removeEventListener('dragover', over);
      removeEventListener('drop', drop);
      removeEventListener('paste', paste);
    };
  }, [tab]);

  return (
    <>
      <header>
        <a
          class="skip"
          href="#content"
          onClick={(event) => {
            event.preventDefault();
            document.getElementById('content')!.focus();
          }}
        >
          {strings.skip}
        </a>
        <h1>
          <img src="./icon.svg" alt="" width="24" height="24" /> {strings.title}
        </h1>
        <nav aria-label={strings.title}>
          {TABS.map((one) => (
            <a key={one} href={`#${one}`} aria-current={one === tab ? 'page' : undefined}>
              {strings.tabs[one]}
            </a>
          ))}
        </nav>
        <ModelBar />
      </header>
      <Notices />
      <main id="content" tabIndex={-1}>
        {tab === 'try' && <TryView />}
        {tab === 'label' && <LabelView />}
        {tab === 'train' && <TrainView />}
      </main>
      <footer>
        <p>{strings.private}</p>
        <EngineLine />
      </footer>
    </>
  );
}

/** The model that is open, and how to open another. */
function ModelBar() {
  const { model, isOpening } = useStore(modelState);
  const waits = useStore(isTraining);
  const open = (files: readonly File[]) =>
    void chosenEntries(files)
      .then(openModelAmong)
      .then((found) => found || Promise.reject(new Error(strings.model.notModel)))
      .catch(tellError);
  return (
    <div class="model" role="group" aria-label={strings.model.heading}>
      <p role="status">
        {isOpening ? (
          waits ? (
            strings.model.openingWaits
          ) : (
            strings.model.opening
          )
        ) : model ? (
          <>
            <strong>
              <bdi>{model.name}</bdi>
            </strong>{' '}
            <span class="muted">
              {strings.model.facts(
                model.backbone,
                model.head,
                model.labels.length,
                model.height,
                model.width,
              )}
            </span>
          </>
        ) : (
          <span class="muted" title={strings.model.drop}>
            {strings.model.none}
          </span>
        )}
      </p>
      <FileButton text={strings.model.openFolder} folder onFiles={open} />
      <FileButton text={strings.model.open} accept=".zip" onFiles={open} />
    </div>
  );
}

/** What computes, as it was measured. */
function EngineLine() {
  const { engine } = useStore(modelState);
  if (!engine) return null;
  const { name, title, measured, withoutWebgpu } = engine;
  const others = Object.entries(measured).filter(([other]) => other !== name);
  return (
    <p>
      {strings.model.engine(title, measured[name])}
      {others.map(([other, milliseconds]) => (
        <span key={other}> · {strings.model.slower(other, milliseconds)}</span>
      ))}
      {withoutWebgpu && <> · {strings.model.withoutWebgpu(withoutWebgpu)}</>}
    </p>
  );
}

// What would be lost: the browser asks before the page is left.
addEventListener('beforeunload', (event) => {
  const isUnsaved = isNotKept.value && dataState.value?.isSaved === false;
  if (isUnsaved || isModelUnsaved()) event.preventDefault();
});

// A server of this machine needs no copy of its page; a static host may be out of reach at the next visit.
if (!isPlayed && import.meta.env.PROD && 'serviceWorker' in navigator) {
  void navigator.serviceWorker.register('./sw.js').catch(() => undefined);
}
