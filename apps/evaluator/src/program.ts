import { createRequire } from 'node:module';
import type { Streams } from '@polytag/cli';
import { jobsCommand, workerCommand } from '@polytag/queue';
import { Command } from 'commander';
import { benchmarkCommand } from './commands/benchmark.js';
import { calibrateCommand } from './commands/calibrate.js';
import { compareCommand } from './commands/compare.js';
import { embedCommand } from './commands/embed.js';
import { exportCommand } from './commands/export.js';
import { mergeCommand } from './commands/merge.js';
import { playCommand } from './commands/play.js';
import { predictCommand } from './commands/predict.js';
import { scoreCommand } from './commands/score.js';
import { serveCommand } from './commands/serve.js';
import { suggestCommand } from './commands/suggest.js';
import { thresholdsCommand } from './commands/thresholds.js';
import { EVALUATOR_JOBS } from './jobs/evaluator-jobs.js';

const { version } = createRequire(import.meta.url)('../package.json') as { version: string };

/** Every command of `polytag-eval`. */
export function evaluatorProgram(streams: Streams): Command {
  return new Command('polytag-eval')
    .description('Evaluates multi-label models, predicts labels for photographs, and exports models.')
    .version(version)
    .addCommand(scoreCommand(streams))
    .addCommand(compareCommand(streams))
    .addCommand(predictCommand(streams))
    .addCommand(mergeCommand(streams))
    .addCommand(serveCommand(streams))
    .addCommand(workerCommand(streams, EVALUATOR_JOBS))
    .addCommand(jobsCommand(streams, EVALUATOR_JOBS))
    .addCommand(embedCommand(streams))
    .addCommand(suggestCommand(streams))
    .addCommand(thresholdsCommand(streams))
    .addCommand(calibrateCommand(streams))
    .addCommand(exportCommand(streams))
    .addCommand(benchmarkCommand(streams))
    .addCommand(playCommand(streams));
}
