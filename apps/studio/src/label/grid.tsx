import { useEffect, useLayoutEffect, useRef, useState } from 'preact/hooks';
import { strings } from '../strings.ts';
import type { PhotoSource } from '../worker/protocol.ts';
import type { DataState } from './data-state.ts';
import { PRESENT } from './labelling.ts';
import { describedMarks, marksOf, SIGNS, STATES, type Mark } from './marks.ts';
import { useThumbnail } from './use-thumbnail.ts';

const LEAST_SIDE = 132;
const GAP = 8;
/** Rows that are drawn beyond those that are seen. */
const BEYOND = 2;

export interface GridProps {
  readonly data: DataState;
  /** Positions of the photographs that are shown. */
  readonly shown: readonly number[];
  readonly selected: ReadonlySet<number>;
  /** The label that the filter names: its state alone is marked. */
  readonly looked?: number;
  /** Place in `shown` of the one that has the focus. */
  readonly focus: number;
  readonly onFocus: (place: number, how: { readonly extend: boolean; readonly toggle: boolean }) => void;
  readonly onKeyDown: (event: KeyboardEvent, columns: number) => void;
}

/** Thumbnails of any number of photographs: only those on the screen are drawn. */
export function Grid({ data, shown, selected, looked, focus, onFocus, onKeyDown }: GridProps) {
  const box = useRef<HTMLDivElement>(null);
  const [{ width, height, top }, setView] = useState({ width: 0, height: 600, top: 0 });
  useLayoutEffect(() => {
    const element = box.current!;
    const measure = () =>
      setView({ width: element.clientWidth, height: element.clientHeight, top: element.scrollTop });
    let frame = 0;
    const onScroll = () => {
      cancelAnimationFrame(frame);
      frame = requestAnimationFrame(measure);
    };
    const observer = new ResizeObserver(measure);
    observer.observe(element);
    element.addEventListener('scroll', onScroll, { passive: true });
    measure();
    return () => {
      observer.disconnect();
      element.removeEventListener('scroll', onScroll);
    };
  }, []);
  const columns = Math.max(2, Math.floor((width + GAP) / (LEAST_SIDE + GAP)));
  const side = (width + GAP) / columns;
  const rows = Math.ceil(shown.length / columns);
  const first = Math.max(0, Math.floor(top / side) - BEYOND) * columns;
  const last = Math.min(shown.length, (Math.ceil((top + height) / side) + BEYOND) * columns);
  useEffect(() => {
    // The one that has the focus is on the screen.
    const element = box.current!;
    const row = Math.floor(focus / columns) * side;
    if (row < element.scrollTop) element.scrollTop = row;
    else if (row + side > element.scrollTop + element.clientHeight)
      element.scrollTop = row + side - element.clientHeight;
  }, [focus, columns]);
  const cells = [];
  for (let place = first; place < last; place++) {
    const image = shown[place];
    const [x, y] = [(place % columns) * side, Math.floor(place / columns) * side];
    const labels = data.labelling.labels.filter((_, k) => data.labelling.states[k][image] === PRESENT);
    cells.push(
      <div
        key={image}
        id={`photo-${image}`}
        role="option"
        aria-selected={selected.has(image)}
        aria-setsize={shown.length}
        aria-posinset={place + 1}
        aria-label={[data.names[image], describedMarks(data.labelling, image)].filter(Boolean).join('; ')}
        class={place === focus ? 'cell focused' : 'cell'}
        style={{
          transform: `translate(${x}px, ${y}px)`,
          width: `${side - GAP}px`,
          height: `${side - GAP}px`,
        }}
        onClick={(event) =>
          onFocus(place, { extend: event.shiftKey, toggle: event.ctrlKey || event.metaKey })
        }
      >
        <Thumbnail source={data.sources[image]} />
        <Marks marks={marksOf(data.labelling, image, looked)} />
        {labels.length > 0 && (
          <span class="caption">
            <bdi>{labels.join(', ')}</bdi>
          </span>
        )}
      </div>,
    );
  }
  return (
    <div
      ref={box}
      class="grid"
      role="listbox"
      tabIndex={0}
      aria-multiselectable="true"
      aria-label={strings.label.grid}
      aria-activedescendant={shown.length > 0 ? `photo-${shown[focus]}` : undefined}
      onKeyDown={(event) => onKeyDown(event, columns)}
    >
      <div class="sheet" role="presentation" style={{ height: `${Math.max(0, rows * side - GAP)}px` }}>
        {cells}
      </div>
    </div>
  );
}

const Marks = ({ marks }: { readonly marks: readonly Mark[] }) => (
  <span class="marks" aria-hidden="true">
    {marks.map(({ state, count }, i) => (
      <span key={i} class={STATES[state]} data-mark={`${SIGNS[state]}${count ?? ''}`} />
    ))}
  </span>
);

function Thumbnail({ source }: { readonly source: PhotoSource }) {
  const { address, isBad } = useThumbnail(source);
  if (isBad) return <span class="bad">!</span>;
  return address ? <img src={address} alt="" decoding="async" /> : null;
}
