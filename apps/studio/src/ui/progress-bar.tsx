import { strings } from '../strings.ts';

export interface ProgressState {
  readonly text: string;
  readonly done: number;
  readonly total: number;
  readonly secondsLeft: number;
}

export function ProgressBar({
  state,
  onStop,
}: {
  readonly state: ProgressState;
  readonly onStop?: () => void;
}) {
  return (
    <div class="progress">
      <label>
        <span>
          {state.text} <span class="muted">{strings.left(state.secondsLeft)}</span>
        </span>
        <progress value={state.done} max={state.total} />
      </label>
      {onStop && (
        <button type="button" onClick={onStop}>
          {strings.stop}
        </button>
      )}
    </div>
  );
}
