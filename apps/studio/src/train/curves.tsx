import { percent, strings } from '../strings.ts';

const [WIDTH, HEIGHT] = [560, 150];

export interface CurvePoints {
  readonly losses: readonly { readonly step: number; readonly loss: number }[];
  readonly mAPs: readonly { readonly epoch: number; readonly mAP: number }[];
  readonly steps: number;
  readonly epochs: number;
}

/** Loss and mAP of a run as it goes. */
export function Curves({ losses, mAPs, steps, epochs }: CurvePoints) {
  const most = losses.reduce((highest, { loss }) => Math.max(highest, loss), 1e-9);
  const line = (points: readonly (readonly [number, number])[]) =>
    points
      .map(([x, y], i) => `${i === 0 ? 'M' : 'L'}${(x * WIDTH).toFixed(1)} ${((1 - y) * HEIGHT).toFixed(1)}`)
      .join('');
  const latest = mAPs.at(-1)?.mAP;
  return (
    <figure class="curves">
      <svg
        viewBox={`0 -4 ${WIDTH} ${HEIGHT + 8}`}
        role="img"
        aria-label={strings.train.curves}
        preserveAspectRatio="none"
      >
        <line class="frame" x1="0" x2={WIDTH} y1={HEIGHT} y2={HEIGHT} />
        <path class="loss" d={line(losses.map(({ step, loss }) => [step / steps, loss / most] as const))} />
        <path class="map" d={line(mAPs.map(({ epoch, mAP }) => [epoch / epochs, mAP] as const))} />
      </svg>
      <figcaption>
        <span class="key loss">
          {strings.train.loss} {losses.at(-1)?.loss.toPrecision(3)}
        </span>
        <span class="key map">
          {strings.train.map} {latest === undefined ? '' : percent(latest, 2)}
        </span>
      </figcaption>
    </figure>
  );
}
