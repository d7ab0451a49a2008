import { wholeNumber, whileLoading, type Streams } from '@polytag/cli';
import { Command } from 'commander';
import type { BenchmarkOptions } from '../benchmark/benchmark-model.js';
import { withEngineOrOnnx, withModelOptions } from '../options.js';

export function benchmarkCommand(streams: Streams): Command {
  const command = withModelOptions(
    new Command('benchmark').description('measure how fast a model is on this machine, without decoding'),
  )
    .option('--batch <images>', 'batch size to measure, besides 1', wholeNumber, 16)
    .option('--rounds <n>', 'number of measured rounds', wholeNumber, 20);
  return withEngineOrOnnx(command).action(async (options: BenchmarkOptions) => {
    const { benchmarkModel } = await whileLoading(() => import('../benchmark/benchmark-model.js'));
    await benchmarkModel(options, streams);
  });
}
