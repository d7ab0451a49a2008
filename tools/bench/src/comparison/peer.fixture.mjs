// Stands in for the peer in tests: takes its command line and prints its line. The figure is the number of turns
// it has had, counted in a file beside it, so that a test can see every turn.
import { appendFileSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const [model, mode, threads, batch, size, steps, layout] = process.argv.slice(2);
const log = join(import.meta.dirname, 'turns.log');
appendFileSync(log, `${[model, mode, threads, batch, size, steps, layout ?? 'default'].join(' ')}\n`);
const turns = readFileSync(log, 'utf8').trimEnd().split('\n').length;
console.log(`stand-in ${model}: ${turns}.00 ms/image, ${(1000 / turns).toFixed(1)} images/s`);
