#!/usr/bin/env node
// Our side of `bench checkpoints`: FILE all|each, in a process that has loaded nothing but the reader.
import { measureReading } from '../dist/checkpoints/measure-reading.js';

const [path, reading] = process.argv.slice(2);
process.stdout.write(`${JSON.stringify(await measureReading(path, reading))}\n`);
