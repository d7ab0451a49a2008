// Writes what npm publishes of the addon into binaries/packages/: a package for each platform that build-native.mjs has
// built, and @polytag/native with these as optional dependencies, so that npm installs the one that fits.
//   node platform-packages.mjs
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = dirname(fileURLToPath(import.meta.url));
const target = join(root, 'binaries/packages');
const own = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
const { version, license, engines } = own;

rmSync(target, { recursive: true, force: true });
const write = (folder, file, value) =>
  writeFileSync(join(folder, file), `${JSON.stringify(value, null, 2)}\n`);

const names = readdirSync(join(root, 'binaries'))
  .filter((file) => file.endsWith('.node'))
  .map((file) => {
    const platform = file.slice(0, -'.node'.length);
    const [os, cpu] = platform.split('-');
    const name = `@polytag/native-${platform}`;
    const folder = join(target, `native-${platform}`);
    mkdirSync(folder, { recursive: true });
    cpSync(join(root, 'binaries', file), join(folder, 'polytag.node'));
    cpSync(join(root, 'LICENSE'), join(folder, 'LICENSE'));
    writeFileSync(
      join(folder, 'README.md'),
      `# ${name}\n\nThe addon of @polytag/native for ${os} on ${cpu}, which npm installs with it.\n`,
    );
    write(folder, 'package.json', {
      name,
      version,
      description: `The addon of @polytag/native for ${os} on ${cpu}.`,
      license,
      engines,
      os: [os],
      cpu: [cpu],
      ...(os === 'linux' ? { libc: ['glibc'] } : {}),
      main: 'polytag.node',
      files: ['polytag.node'],
    });
    return name;
  });
const folder = join(target, 'native');
mkdirSync(folder, { recursive: true });
for (const part of ['dist', 'kernels', 'build-native.mjs', 'README.md', 'LICENSE']) {
  if (!existsSync(join(root, part))) throw new Error(`${part} is missing: npm run build`);
  cpSync(join(root, part), join(folder, part), { recursive: true });
}
write(folder, 'package.json', {
  ...own,
  optionalDependencies: Object.fromEntries(names.map((name) => [name, version])),
});
console.log(`${names.length + 1} packages in ${target}: npm publish each, ${names.join(', ')} first`);
