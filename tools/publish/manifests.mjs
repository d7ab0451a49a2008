// What the package.json of every published package, and CITATION.cff, say of the project, from one place, the "polytag" block of
// the root's package.json:
//   node tools/publish/manifests.mjs            writes it
//   node tools/publish/manifests.mjs --check    ends with 1 where one says something else
//
// The address of the forge is a placeholder until there is one: write it there, and run this.
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { published, readManifest, root } from './packages.mjs';

const { polytag, license } = readManifest(root);
const { forge, keywords } = polytag;
const checks = process.argv.includes('--check');
const problems = [];

for (const folder of published()) {
  const path = join(root, folder, 'package.json');
  const text = readFileSync(path, 'utf8');
  const { name, version, description, ...others } = JSON.parse(text);
  for (const key of ['keywords', 'homepage', 'bugs', 'repository']) delete others[key];
  const own = name.split('/')[1];
  const wanted = {
    name,
    version,
    description,
    keywords: [...new Set([...keywords, own])],
    homepage: `${forge}/tree/main/${folder}#readme`,
    bugs: `${forge}/issues`,
    repository: { type: 'git', url: `git+${forge}.git`, directory: folder },
    ...others,
  };
  if (!wanted.description) problems.push(`${folder}: has no description`);
  if (wanted.license !== license)
    problems.push(`${folder}: has the licence ${wanted.license}, not ${license}`);
  const made = `${JSON.stringify(wanted, null, 2)}\n`;
  if (JSON.stringify(JSON.parse(text)) === JSON.stringify(wanted)) continue;
  if (checks) problems.push(`${folder}/package.json differs: run node tools/publish/manifests.mjs`);
  else writeFileSync(path, made);
}

const { version } = readManifest(root);
for (const folder of published()) {
  if (readManifest(join(root, folder)).version !== version)
    problems.push(`${folder}: has another version than the root, ${version}`);
}

const citation = join(root, 'CITATION.cff');
const cited = readFileSync(citation, 'utf8');
const current = cited
  .replace(/^version: .*$/m, `version: ${version}`)
  .replace(/^repository-code: .*$/m, `repository-code: '${forge}'`);
if (current !== cited && checks) problems.push('CITATION.cff differs: run node tools/publish/manifests.mjs');
else if (current !== cited) writeFileSync(citation, current);

for (const problem of problems) console.error(problem);
process.exitCode = problems.length === 0 ? 0 : 1;
