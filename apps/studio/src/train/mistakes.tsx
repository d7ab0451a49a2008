import { dataState, photographToShow } from '../label/data-state.ts';
import { useThumbnail } from '../label/use-thumbnail.ts';
import { strings } from '../strings.ts';
import type { PhotoSource, TrainResult } from '../worker/protocol.ts';

/** Held-out photographs where scores and labels are farthest apart. */
export function Mistakes({ mistakes }: Pick<TrainResult, 'mistakes'>) {
  const data = dataState.value;
  return (
    <>
      <h3>{strings.train.mistakes}</h3>
      <p class="muted">{mistakes.length === 0 ? strings.train.noMistakes : strings.train.mistakesNote}</p>
      <ul class="mistakes">
        {mistakes.map(({ name, label, score, present }) => {
          const image = data?.names.indexOf(name) ?? -1;
          const source = data?.sources[image];
          const look = () => {
            photographToShow.set(image);
            location.hash = '#label';
          };
          return (
            <li key={`${name}/${label}/${present}`}>
              <button type="button" class="quiet" disabled={source === undefined} onClick={look}>
                {source && <Picture source={source} />}
                <span>
                  {present
                    ? strings.train.wrongAbsent(label, score)
                    : strings.train.wrongPresent(label, score)}
                </span>
                <span class="muted small">
                  <bdi>{name}</bdi>
                </span>
              </button>
            </li>
          );
        })}
      </ul>
    </>
  );
}

function Picture({ source }: { readonly source: PhotoSource }) {
  const { address } = useThumbnail(source);
  return address ? <img src={address} alt="" /> : <span class="frame" />;
}
