import { dirname, join, resolve } from 'node:path';
import type { RunConfig } from '../config/run-config.js';

export type FeatureSettings = Exclude<RunConfig['training']['features'], false>;

/** Where cached features are kept: where the config says, else beside the run, for other runs too. */
export const featureFolder = ({ cache }: FeatureSettings, runFolder: string): string =>
  cache ?? join(dirname(resolve(runFolder)), 'features');
