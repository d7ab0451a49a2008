import type { Progress } from '@polytag/cli';
import { writeScenes } from '@polytag/datasets/scenes';
import type { RunConfig } from '../config/run-config.js';

/** Draws the built-in data set that a config asks for into its `data.root`, unless it is there already. */
export async function drawScenes({ root, scenes }: RunConfig['data'], progress: Progress): Promise<void> {
  if (!scenes) return;
  await writeScenes({
    folder: root,
    ...scenes,
    onProgress: (done, total) => progress.update({ label: 'drawing scenes', done, total }),
  });
}
