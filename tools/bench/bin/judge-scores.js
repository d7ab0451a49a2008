#!/usr/bin/env node
// Our side of `bench judge`: SCORES TARGETS.npy, in a process that has loaded nothing but what it needs.
import { measureJudging } from '../dist/judging/measure-judging.js';

const [scores, targets] = process.argv.slice(2);
process.stdout.write(`${JSON.stringify(await measureJudging(scores, targets))}\n`);
