import { wholeNumber, whileLoading, type Streams } from '@polytag/cli';
import { Command, InvalidArgumentError } from 'commander';
import { maxPixelsOption, withEngineOrOnnx, withModelOptions, withThreadOptions } from '../options.js';
import type { ServeOptions } from '../serving/serve-model.js';

export function serveCommand(streams: Streams): Command {
  const command = withModelOptions(
    new Command('serve').description(
      'serve a model over HTTP: POST a picture to /predict; GET /openapi.json lists the rest',
    ),
  )
    .option(
      '--host <address>',
      'address to listen on; other machines can reach any address except the default',
      hostName,
      '127.0.0.1',
    )
    .option('--port <n>', 'port to listen on; 0: any free port', portNumber, 8080)
    .option('--batch <images>', 'maximum batch size (default: 16 for images of 224 x 224)', wholeNumber)
    .option('--wait <ms>', 'how long an image waits for others to fill a batch', milliseconds, 5)
    .option('--queue <images>', 'images accepted at the same time; more are refused (429)', wholeNumber, 128)
    .option('--max-bytes <n>', 'maximum size of a request', wholeNumber, 20_000_000)
    .addOption(maxPixelsOption())
    .option('--timeout <seconds>', 'maximum time from a request to its answer', seconds, 30)
    .option('--allow-urls', 'also accept lists of URLs, and download pictures from the public internet');
  return withEngineOrOnnx(withThreadOptions(command)).action(async (options: ServeOptions) => {
    const { serveModel } = await whileLoading(() => import('../serving/serve-model.js'));
    await serveModel(options, streams);
  });
}

function hostName(text: string): string {
  // Node takes it for all addresses of the machine.
  if (text.trim() === '') throw new InvalidArgumentError('Expected an address, such as 0.0.0.0 for all.');
  return text;
}

/** A timer of more than 24 days ends at once. */
function seconds(text: string): number {
  const value = wholeNumber(text);
  if (value > 86_400) throw new InvalidArgumentError('Expected a whole number from 1 to 86400, a day.');
  return value;
}

function portNumber(text: string): number {
  const port = Number(text);
  if (text.trim() === '' || !Number.isInteger(port) || port < 0 || port > 65535)
    throw new InvalidArgumentError('Expected a whole number from 0 to 65535.');
  return port;
}

function milliseconds(text: string): number {
  const value = Number(text);
  if (text.trim() === '' || !(value >= 0 && value <= 10_000))
    throw new InvalidArgumentError('Expected a number from 0 to 10000.');
  return value;
}
