import { mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { type Files, type HostileFolder, withValue } from '../hostile-folder.js';

/** Says into `ran`, beside the folders, that it ran. */
const code = (marker: string) =>
  `import { writeFileSync } from 'node:fs'; writeFileSync(${JSON.stringify(marker)}, 'ran'); export default {};`;

/** Where a module can be said to be, from a folder and the file that tells that it ran. */
const ADDRESSES: Readonly<Record<string, (folder: string, marker: string) => string>> = {
  'a file beside it': () => './evil.mjs',
  'a file without a dot': () => 'evil.mjs',
  'a file above': () => '../evil.mjs',
  'a file above, in a roundabout way': () => './x/../../evil.mjs',
  'an absolute path': (folder) => join(dirname(folder), 'evil.mjs'),
  'a file address': (folder) => pathToFileURL(join(dirname(folder), 'evil.mjs')).href,
  'a data address': (_, marker) => `data:text/javascript,${encodeURIComponent(code(marker))}`,
  'a data address in capitals': (_, marker) => `DATA:text/javascript,${encodeURIComponent(code(marker))}`,
  'an address of the web': () => 'http://127.0.0.1:9/evil.mjs',
  'a module of Node': () => 'node:child_process',
  'a package of its own': () => 'evil-package',
  'a link that leads out': () => './linked.mjs',
  CommonJS: () => './evil.cjs',
  JSON: () => './config.json',
  nothing: () => '',
  'a line break': () => './evil.mjs\n',
  'a zero byte': () => './evil.mjs\0.txt',
};

/** Folders whose config, thresholds or preprocessing name code. */
export const codeFolders: readonly HostileFolder[] = ['head', 'backbone', 'loss'].flatMap((part) =>
  Object.entries(ADDRESSES).map(([what, address]): HostileFolder => {
    let place = '';
    return {
      name: `config.json: ${part} is code in ${what}`,
      files: (whole: Files) => whole,
      after: (folder) => {
        const marker = join(dirname(folder), 'ran');
        place = address(folder, marker);
        for (const file of [join(folder, 'evil.mjs'), join(dirname(folder), 'evil.mjs')])
          writeFileSync(file, code(marker));
        writeFileSync(
          join(folder, 'evil.cjs'),
          `require('node:fs').writeFileSync(${JSON.stringify(marker)}, 'ran');`,
        );
        symlinkSync('../evil.mjs', join(folder, 'linked.mjs'));
        mkdirSync(join(folder, 'node_modules/evil-package'), { recursive: true });
        writeFileSync(join(folder, 'node_modules/evil-package/index.js'), code(marker));
        writeFileSync(
          join(folder, 'node_modules/evil-package/package.json'),
          '{"name":"evil-package","type":"module","main":"./index.js"}',
        );
        const config = join(folder, 'config.json');
        writeFileSync(
          config,
          withValue(new Map([['config.json', readText(config)]]), 'config.json', `${part}.module`, place).get(
            'config.json',
          )!,
        );
      },
    };
  }),
);

const readText = (path: string): string => readFileSync(path, 'utf8');
