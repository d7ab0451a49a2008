import { useEffect, useRef } from 'preact/hooks';
import { strings } from '../strings.ts';
import { WorkerError } from '../worker/client.ts';
import { Store, useStore } from './store.ts';

interface Notice {
  readonly text: string;
  readonly hint?: string;
  readonly isError: boolean;
}

/** What was done just now: it goes by itself. */
const passing = new Store<Notice | undefined>(undefined);
/** What a person must read, as an error: it stays until it is closed, whatever is done meanwhile. */
const lasting = new Store<Notice | undefined>(undefined);

/** Says what was done. */
export const tell = (text: string): void => passing.set({ text, isError: false });

/** Says what must not be missed. */
export const warn = (text: string): void => lasting.set({ text, isError: false });

export function tellError(error: unknown): void {
  const text = error instanceof Error ? error.message : String(error);
  const hint = error instanceof WorkerError ? error.hint : undefined;
  lasting.set({ text, hint, isError: true });
}

/** Milliseconds for which a text is shown: to notice it, and to read it slowly. */
export const readingTime = (text: string): number => 5000 + 80 * text.length;

/** What happened last, which screen readers say. It has its own place, and lies over nothing. Escape closes it. */
export function Notices() {
  const stores = [lasting, passing];
  const box = useRef<HTMLDivElement>(null);
  const shown = [useStore(lasting), useStore(passing)];
  const [stays, goes] = shown;
  useEffect(() => {
    if (!goes) return;
    const leave = () => {
      // Not while somebody reads it with the pointer on it, or is about to close it.
      if (box.current?.querySelector('.passing:is(:hover, :focus-within)')) timer = setTimeout(leave, 1000);
      else passing.set(undefined);
    };
    let timer = setTimeout(leave, readingTime(goes.text));
    return () => clearTimeout(timer);
  }, [goes]);
  useEffect(() => {
    if (stays) box.current?.scrollIntoView({ block: 'nearest' });
  }, [stays]);
  useEffect(() => {
    const close = ({ key, defaultPrevented }: KeyboardEvent) => {
      if (key === 'Escape' && !defaultPrevented) for (const store of stores) store.set(undefined);
    };
    addEventListener('keydown', close);
    return () => removeEventListener('keydown', close);
  }, []);
  return (
    <div ref={box} class="notices" aria-live="polite">
      {shown.map(
        (one, i) =>
          one && (
            <div key={i} class={`notice${one.isError ? ' error' : ''}${one === goes ? ' passing' : ''}`}>
              <p>
                {one.text}
                {one.hint && <span class="hint"> {one.hint}</span>}
              </p>
              <button
                type="button"
                class="quiet"
                title={strings.closeKey}
                onClick={() => stores[i].set(undefined)}
              >
                {strings.close}
              </button>
            </div>
          ),
      )}
    </div>
  );
}
