import { useEffect, useState } from 'preact/hooks';
import type { PhotoSource } from '../worker/protocol.ts';
import { requestThumbnail, thumbnailOf } from './thumbnails.ts';

/** The thumbnail of a photograph, as soon as it is made; bad where it cannot be. */
export function useThumbnail(source: PhotoSource): { readonly address?: string; readonly isBad: boolean } {
  const [address, setAddress] = useState(() => thumbnailOf(source));
  const [isBad, setBad] = useState(false);
  useEffect(() => {
    const made = thumbnailOf(source);
    setAddress(made);
    setBad(false);
    return made ? undefined : requestThumbnail(source, (now) => (now ? setAddress(now) : setBad(true)));
  }, [source]);
  return { address, isBad };
}
