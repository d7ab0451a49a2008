import { execFileSync } from 'node:child_process';
import { shellWord } from './shell-word.js';

it.each(['a/b-1.json', 'Fotos für Größe & co', "it's", '"$HOME" `id`', '', '*.jpg; ls', '\\'])(
  'is one word for a shell: %s',
  (text) => {
    const read = execFileSync('/bin/sh', ['-c', `printf '[%s]' ${shellWord(text)}`], { encoding: 'utf8' });
    expect(read).toBe(`[${text}]`);
  },
);
