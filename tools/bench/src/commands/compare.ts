import { availableParallelism } from 'node:os';
import { wholeNumber, type Streams } from '@polytag/cli';
import { Command, Option } from 'commander';
import { PEERS, peerScript, type PeerName } from '../comparison/peer.js';
import { measureOurs, measurePeer } from '../comparison/run-child.js';
import { summarise, type Round } from '../comparison/summary.js';
import { tellMachine } from '../machine.js';
import { writeResults } from '../results-file.js';
import { MODELS, PEER_LABELS, type Mode, type ModelName } from '../side/work.js';
import { toldTurns } from '../turns.js';

interface CompareOptions {
  readonly model: ModelName;
  readonly size: number;
  readonly batch: number;
  readonly against: PeerName;
  readonly peer?: string;
  readonly python: string;
  readonly threads: number;
  readonly channelsLast: boolean;
  readonly rounds: number;
  readonly steps: number;
  readonly json?: string;
}

const DESCRIPTIONS: Readonly<Record<Mode, string>> = {
  train: 'time training steps (forward, backward, Adam) against a peer, in turn',
  eval: 'time inference against a peer, in turn',
};

const NOTES = `
The two sides run one after the other, never together: ours, theirs, ours, theirs … Each turn is a new process with
two steps that do not count; its figure is the median of its steps. Then come the medians over the rounds, and

  ratio = theirs / ours; above 1, ours is faster.

--json writes oursMsPerImage, theirsMsPerImage, ratio, every round, and the machine.`;

/** `train` and `eval`. */
export function compareCommand(mode: Mode, streams: Streams): Command {
  return new Command(mode)
    .description(DESCRIPTIONS[mode])
    .addOption(new Option('--model <name>', 'network').choices(MODELS).default(MODELS[0]))
    .option('--size <pixels>', 'side of an image', wholeNumber, 224)
    .option('--batch <images>', 'images a step', wholeNumber, 16)
    .addOption(new Option('--against <peer>', 'the other side').choices(PEERS).default(PEERS[0]))
    .option('--peer <path>', "the peer's script; default: bin/torch_speed.py here")
    .option('--python <program>', "runs the peer's script", 'python3')
    .option('--threads <n>', "the peer's threads; ours uses one", wholeNumber, availableParallelism())
    .option('--channels-last', 'let the peer keep images channels last', false)
    .option('--rounds <n>', 'turns of each side', wholeNumber, 5)
    .option('--steps <n>', 'steps of a turn that count', wholeNumber, 7)
    .option('--json <file>', 'also write the results as JSON')
    .addHelpText('after', NOTES)
    .action(async (options: CompareOptions) => {
      const { model, size, batch, steps, python, threads, channelsLast } = options;
      const script = peerScript(options.against, options.peer);
      const where = await tellMachine(streams);
      const work = { model, mode, batch, size, steps, labels: PEER_LABELS };
      const peer = { python, script, threads, channelsLast };
      const turns = toldTurns(2 * options.rounds, streams);
      const layout = channelsLast ? ', channels last' : '';
      const names = {
        ours: 'polytag (1 thread)',
        theirs: `${options.against} (${threads} ${threads === 1 ? 'thread' : 'threads'}${layout})`,
      };
      const task = `${mode} ${model}, batch ${batch}, ${size} px`;
      const rounds: Round[] = [];
      for (let round = 1; round <= options.rounds; round++) {
        const ours = await turns.take(`${names.ours}: ${task}`, () => measureOurs(work));
        const theirs = await turns.take(`${names.theirs}: ${task}`, () => measurePeer(work, peer));
        rounds.push({ ours: ours.msPerImage, theirs: theirs.msPerImage });
        const figures = `ours ${ours.msPerImage.toFixed(2)}, theirs ${theirs.msPerImage.toFixed(2)} ms/image`;
        const ratio = (theirs.msPerImage / ours.msPerImage).toFixed(2);
        streams.out.write(`round ${round}: ${figures}, ratio ${ratio}\n`);
      }
      const summary = summarise(rounds);
      const { oursMsPerImage, theirsMsPerImage, ratio, ratioRange } = summary;
      const rate = (ms: number) => `${ms.toFixed(2)} ms/image, ${(1000 / ms).toFixed(1)} images/s`;
      streams.out.write(
        [
          `${task}, medians of ${options.rounds} rounds:`,
          `  ${names.ours}: ${rate(oursMsPerImage)}`,
          `  ${names.theirs}: ${rate(theirsMsPerImage)}`,
          `  ratio ${ratio.toFixed(2)} (theirs / ours; above 1, ours is faster), ${ratioRange[0].toFixed(2)} to ${ratioRange[1].toFixed(2)} by round`,
          '',
        ].join('\n'),
      );
      await writeResults(options.json, {
        ...summary,
        rounds,
        work,
        peer: { name: options.against, threads, channelsLast },
        ourThreads: 1,
        machine: where,
      });
    });
}
