// What every package.json that is published says of the project, from one place, the "polytag" block of the root's:
//   node tools/publish/manifests.mjs            writes it
//   node tools/publish/manifests.mjs --check    ends with 1 where one says something else
//
// The address of the forge is a placeholder until there is one: write it there, and run this.
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import yaml from 'yaml';
import { published, readManifest, root } from './packages.mjs';

const { polytag, license } = readManifest(root);
const { forge, keywords } = polytag;
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
  if (process.argv.includes('--check'))
    problems.push(`${folder}/package.json differs: run node tools/publish/manifests.mjs`);
  else writeFileSync(path, made);
}

const citation = yaml.parse(readFileSync(join(root, 'CITATION.cff'), 'utf8'));
if (citation['repository-code'] !== forge) problems.push(`CITATION.cff: repository-code is not ${forge}`);
const { version } = readManifest(root);
for (const folder of published()) {
  if (readManifest(join(root, folder)).version !== version)
    problems.push(`${folder}: has another version than the root, ${version}`);
}
if (citation.version !== version)
  problems.push(`CITATION.cff: has the version ${citation.version}, not ${version}`);

for (const problem of problems) console.error(problem);
process.exitCode = problems.length === 0 ? 0 : 1;
