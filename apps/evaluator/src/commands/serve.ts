import { wholeNumber, type Streams } from '@polytag/cli';
import { Command, InvalidArgumentError } from 'commander';
import { maxPixelsOption, withEngineOrOnnx, withModelOptions, withThreadOptions } from '../options.js';
import type { ServeOptions } from '../serving/serve-model.js';

export function serveCommand(streams: Streams): Command {
  const command = withModelOptions(
    new Command('serve').description(
      'answers over HTTP with the labels of photographs: POST one to /predict; GET /openapi.json says the rest',
    ),
  )
    .option(
      '--host <address>',
      'address to listen at; others than this machine can reach any but the default',
      '127.0.0.1',
    )
    .option('--port <n>', 'port to listen at; 0: any that is free', portNumber, 8080)
    .option(
      '--batch <images>',
      'most images that the network computes at once (default: 16 of 224 x 224)',
      wholeNumber,
    )
    .option('--wait <ms>', 'how long an image waits for others to be computed with', milliseconds, 5)
    .option('--queue <images>', 'images that are accepted before others are refused (429)', wholeNumber, 128)
    .option('--max-bytes <n>', 'most bytes of a request', wholeNumber, 20_000_000)
    .addOption(maxPixelsOption())
    .option('--timeout <seconds>', 'longest time from a request to its answer', wholeNumber, 30)
    .option('--allow-urls', 'also takes lists of addresses, and fetches pictures from the public internet');
  return withEngineOrOnnx(withThreadOptions(command)).action(async (options: ServeOptions) => {
    const { serveModel } = await import('../serving/serve-model.js');
    await serveModel(options, streams);
  });
}

function portNumber(text: string): number {
  const port = Number(text);
  if (text.trim() === '' || !Number.isInteger(port) || port < 0 || port > 65535)
    throw new InvalidArgumentError('It must be a whole number from 0 to 65535.');
  return port;
}

function milliseconds(text: string): number {
  const value = Number(text);
  if (text.trim() === '' || !(value >= 0 && value <= 10_000))
    throw new InvalidArgumentError('It must be a number from 0 to 10000.');
  return value;
}
