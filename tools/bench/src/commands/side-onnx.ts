import { wholeNumber, type Streams } from '@polytag/cli';
import { Argument, Command } from 'commander';
import { measuredLine } from '../comparison/measured-line.js';
import { RUNTIMES, timeOnnx, type RuntimeName } from '../onnx/time-onnx.js';

/** An onnxruntime as a process of its own: prints one line. */
export function sideOnnxCommand(streams: Streams): Command {
  return new Command('side-onnx')
    .description('time an ONNX file and print one line')
    .addArgument(new Argument('<runtime>').choices(RUNTIMES))
    .argument('<file>', 'takes normalised images, [batch, 3, height, width]')
    .argument('<threads>', 'threads that compute', wholeNumber)
    .argument('<batch>', 'images a step', wholeNumber)
    .argument('<size>', 'side of an image, pixels', wholeNumber)
    .argument('<steps>', 'steps that count', wholeNumber)
    .action(
      async (
        name: RuntimeName,
        file: string,
        threads: number,
        batch: number,
        size: number,
        steps: number,
      ) => {
        const { msPerStep, version } = await timeOnnx({ batch, size, steps }, { name, file, threads });
        const facts = `threads=${threads} batch=${batch} size=${size}`;
        streams.out.write(`${measuredLine(`${name} ${version} ${facts}`, msPerStep, batch)}\n`);
      },
    );
}
