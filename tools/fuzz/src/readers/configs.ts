import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { configText, readConfigFile, setOption } from '@polytag/cli';
import { loadRunConfig } from '@polytag/trainer';
import type { FuzzedReader } from '../reader.js';

const CONFIG = `# One experiment.
seed: 5
data: &data { root: ., train: train.json, val: null, flip: 5e-1 }
model:
  backbone: { name: mobilenet-v3-small, options: &narrow { widthMultiplier: 0.25 } }
  head: { name: linear, options: { space: cosines, scale: 17 } }
  weightsLabels: ["1e2", 'ca''t', é, "a\\nb"]
  weightsSha256: "123456e1"
loss:
  name: aam-asl
training:
  epochs: &three 3
  learningRate: 2e-2
  sam: false
  <<: { freezeEpochs: 0, batchSize: 4 }
mutual:
  models:
    - backbone: { name: mobilenet-v3-small, options: *narrow }
      head: { name: linear }
`;

export const CONFIGS: readonly FuzzedReader[] = [
  {
    name: 'yaml config',
    files: { 'a.yaml': CONFIG },
    read: async (folder) => {
      const text = configText(await readConfigFile(join(folder, 'a.yaml')));
      await writeFile(join(folder, 'again.yaml'), text);
      // What is read is written so that it is read again.
      if (configText(await readConfigFile(join(folder, 'again.yaml'))) !== text)
        throw new Error(`changed: ${text}`);
      await loadRunConfig(join(folder, 'a.yaml'));
    },
  },
  {
    name: '--set',
    files: { 'set.txt': 'training.sam={rho: 0.05, list: [1, "2e5"]}' },
    read: async (folder) =>
      setOption(
        { training: { epochs: 3, list: [1, { a: 2 }] } },
        await readFile(join(folder, 'set.txt'), 'utf8'),
      ),
  },
];
