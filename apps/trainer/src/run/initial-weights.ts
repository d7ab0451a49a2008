import { basename } from 'node:path';
import { existsSync } from 'node:fs';
import { cachedPath, cacheFolder, fetchFile, isAddress } from '@polytag/checkpoints';
import { printable, type PaddingRule, type PixelNormalisation } from '@polytag/core';
import {
  findPublished,
  loadWeights,
  readClassNames,
  type KnownWeights,
  type LoadedWeights,
  type MultiLabelModel,
} from '@polytag/model';
import { normalisationText } from '../config/preprocessing.js';
import { knownWeightsOf } from '../config/known-weights.js';
import { isWord, type ModelSection } from '../config/run-config.js';
import { lookAlikeWarnings } from './data-warnings.js';
import { tellOnce, type RunContext } from './run-context.js';

/** What is fetched, and what may be said of it. */
interface RemoteWeights {
  readonly address: string;
  readonly sha256?: string;
  readonly licence?: string;
}

/**
 * Starts a model from the weights that its section names, if any: they are fetched where they are not here.
 *
 * @param place of the section in the config, e.g. `mutual.models.0`
 */
export async function loadInitialWeights(
  model: MultiLabelModel,
  section: ModelSection,
  context: RunContext,
  place = 'model',
): Promise<void> {
  const { weights, weightsContainer: container, weightsLabels, expectWeights: expect } = section;
  if (weights === undefined) return;
  const path = await weightsFile(section, context);
  const classNames = weightsLabels === undefined ? undefined : await readClassNames(weightsLabels, place);
  const lines: string[] = [];
  if (classNames !== undefined && classNames !== 'sorted')
    lines.push(...lookAlikeWarnings(classNames, `in ${place}.weightsLabels`));
  const report = await loadWeights(model, path, { expect, container, classNames, place });
  lines.push(reportLine(weights, report));
  if (report.networks) {
    const [taken, others] = [report.networks.taken, report.networks.others.map((name) => printable(name))];
    lines.push(
      `  the file has these weights ${others.length + 1} times; used are those ` +
        `${taken ? `under "${printable(taken)}"` : 'without a prefix'}; ` +
        `others with ${others.map((name) => `${place}.weightsContainer=${name}`).join(' or ')}`,
    );
  }
  if (!isWord(weights)) {
    const { padding } = model.backbone;
    const { normalisation } = model.preprocessing;
    lines.push(`  ${trainedWith({ padding, normalisation }, await knownWeightsOf(path))}`);
  }
  tellOnce(context, lines);
}

/** What weights depend on that their tensors do not show. */
interface TrainedWith {
  readonly padding: PaddingRule;
  readonly normalisation: PixelNormalisation;
}

/**
 * What a file does not say of its weights: what they were trained with, where the file is known, and what they get here.
 * What differs is warned of from the config (`weightsWarnings`).
 */
export function trainedWith(here: TrainedWith, known: KnownWeights | undefined): string {
  const shown = ({ padding, normalisation }: TrainedWith) =>
    `padding ${padding}, normalisation ${normalisationText(normalisation)}`;
  if (!known) return `images get ${shown(here)}; the file does not record what the weights were trained with`;
  const [own, theirs] = [here, known].map(shown);
  return own === theirs
    ? `these weights are known (${known.origin}); images get the settings they were trained with: ${own}`
    : `these weights are known (${known.origin}) and were trained with ${theirs}; here images get ${own}`;
}

/** The file of weights that a section names: fetched where it is not here. */
export async function weightsFile(section: ModelSection, context: RunContext): Promise<string> {
  const remote = remoteWeights(section, context.source);
  return remote ? fetchWeights(remote, context) : section.weights!;
}

/** Whether the weights of a section are fetched, unless they are in the cache. */
export const isRemote = (section: ModelSection, source: string): boolean =>
  remoteWeights(section, source) !== undefined;

/** Where the weights of a section lie on this machine, if they do. */
export function localWeights(section: ModelSection, source: string): string | undefined {
  const remote = remoteWeights(section, source);
  const path = remote ? cachedPath(remote.address, cacheFolder()) : section.weights;
  return path !== undefined && existsSync(path) ? path : undefined;
}

/** Where the weights of a section come from, and under which licence where that is known: for a model card. */
export function originOf(section: ModelSection, source: string): string {
  const remote = remoteWeights(section, source);
  if (!remote) return String(section.weights);
  return remote.licence ? `${remote.address}, licence: ${remote.licence}` : remote.address;
}

function remoteWeights(section: ModelSection, source: string): RemoteWeights | undefined {
  const { weights, weightsSha256 } = section;
  if (weights === undefined) return undefined;
  if (isAddress(weights)) return { address: weights, sha256: weightsSha256 };
  if (!isWord(weights)) return undefined;
  const { address, sha256, licence } = findPublished(section.backbone, weights, { source, path: 'model' });
  return { address, sha256: weightsSha256 ?? sha256, licence };
}

function fetchWeights(
  { address, sha256, licence }: RemoteWeights,
  { progress, signal }: RunContext,
): Promise<string> {
  // In MB; the last byte, and none before it, makes the two equal.
  const tenths = (bytes: number, round = Math.floor) => round(bytes / 1e5) / 10;
  let told = false;
  return fetchFile(address, {
    sha256,
    signal,
    onProgress({ received, total, bytesPerSecond, secondsLeft }) {
      if (!told) progress.line(`downloading ${address}${licence ? `, licence: ${licence}` : ''}`);
      told = true;
      progress.update({
        label: `downloading ${basename(new URL(address).pathname)} (MB)`,
        done: tenths(received, received === total ? Math.ceil : Math.floor),
        total: total === undefined ? undefined : tenths(total, Math.ceil),
        rate: `${tenths(bytesPerSecond).toFixed(1)} MB/s`,
        secondsLeft,
      });
    },
  });
}

const OF_CLASSES: Readonly<Record<NonNullable<LoadedWeights['classes']>, string>> = {
  same: '',
  reordered: '; its labels were reordered',
  grouped: '; its labels are grouped in another order: the classifier is re-initialised',
  other: '; its labels differ: the classifier is re-initialised',
  unknown: '; its labels are not listed (see weightsLabels): the classifier is re-initialised',
};

function reportLine(weights: string, { matched, missing, discarded, classes }: LoadedWeights): string {
  return (
    `weights: ${matched.length} tensors from ${weights}; ${missing.length} of the model are initialised randomly, ` +
    `${discarded.length} of the file are unused${classes ? OF_CLASSES[classes] : ''}`
  );
}
