import { strings } from '../strings.ts';
import { WorkerError } from '../worker/client.ts';
import { Store, useStore } from './store.ts';

interface Notice {
  readonly text: string;
  readonly hint?: string;
  readonly isError: boolean;
}

const notice = new Store<Notice | undefined>(undefined);

export const tell = (text: string): void => notice.set({ text, isError: false });

export function tellError(error: unknown): void {
  const text = error instanceof Error ? error.message : String(error);
  const hint = error instanceof WorkerError ? error.hint : undefined;
  notice.set({ text, hint, isError: true });
}

/** What happened last, which screen readers say. */
export function Notices() {
  const shown = useStore(notice);
  return (
    <div class="notices" aria-live="polite">
      {shown && (
        <div class={shown.isError ? 'notice error' : 'notice'}>
          <p>
            {shown.text}
            {shown.hint && <span class="hint"> {shown.hint}</span>}
          </p>
          <button type="button" class="quiet" onClick={() => notice.set(undefined)}>
            {strings.close}
          </button>
        </div>
      )}
    </div>
  );
}
