import { dataState } from '../label/data-state.ts';
import { useThumbnail } from '../label/use-thumbnail.ts';
import { strings } from '../strings.ts';
import type { PhotoSource, TrainResult } from '../worker/protocol.ts';

/** Held-out photographs where scores and labels are farthest apart. */
export function Mistakes({ mistakes }: Pick<TrainResult, 'mistakes'>) {
  const data = dataState.value;
  return (
    <>
      <h3>{strings.train.mistakes}</h3>
      {mistakes.length === 0 && <p class="muted">{strings.train.noMistakes}</p>}
      <ul class="mistakes">
        {mistakes.map(({ name, label, score, present }) => {
          const source = data?.sources[data.names.indexOf(name)];
          return (
            <li key={`${name}/${label}/${present}`}>
              {source && <Picture source={source} />}
              <span>
                {present ? strings.train.wrongAbsent(label, score) : strings.train.wrongPresent(label, score)}
              </span>
              <span class="muted small">
                <bdi>{name}</bdi>
              </span>
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
