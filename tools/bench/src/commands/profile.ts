import { wholeNumber, type Streams } from '@polytag/cli';
import { Command, Option } from 'commander';
import { profileSteps, type StepProfile } from '../kernels/step-profile.js';
import { tellMachine } from '../machine.js';
import { writeResults } from '../results-file.js';
import { MODELS, MODES, PEER_LABELS, type Mode, type ModelName, type Work } from '../side/work.js';
import { Workload } from '../side/workload.js';

interface ProfileOptions {
  readonly model: ModelName;
  readonly mode: Mode;
  readonly size: number;
  readonly batch: number;
  readonly steps: number;
  readonly json?: string;
}

export function profileCommand(streams: Streams): Command {
  return new Command('profile')
    .description('where the time of a step goes: kernels by name, optimiser, layers and tape')
    .addOption(new Option('--model <name>', 'network').choices(MODELS).default(MODELS[0]))
    .addOption(new Option('--mode <mode>', 'kind of step').choices(MODES).default(MODES[0]))
    .option('--size <pixels>', 'side of an image', wholeNumber, 224)
    .option('--batch <images>', 'images a step', wholeNumber, 16)
    .option('--steps <n>', 'steps', wholeNumber, 5)
    .option('--json <file>', 'also write the results as JSON')
    .action(async ({ json, ...options }: ProfileOptions) => {
      const where = await tellMachine(streams);
      const work: Work = { ...options, labels: PEER_LABELS };
      const { mode, model, batch, size, steps } = work;
      streams.err.write(`${steps} steps: ${mode} ${model}, batch ${batch}, ${size} px\n`);
      const workload = await Workload.prepare(work);
      const profile = await profileSteps(workload);
      workload.dispose();
      streams.out.write(profileTable(profile, work));
      await writeResults(json, { ...profile, work, machine: where });
    });
}

function profileTable(profile: StepProfile, { mode, batch }: Work): string {
  const { step, forward, update, norm, kernels, inKernels, rest } = profile;
  const row = (name: string, ms: number, calls?: number) => {
    const share = `${((100 * ms) / step).toFixed(1)} %`;
    return `${name.padEnd(40)} ${calls === undefined ? ''.padStart(6) : String(calls).padStart(6)} ${ms.toFixed(2).padStart(9)} ${share.padStart(7)}`;
  };
  return [
    `${'part'.padEnd(40)} ${'calls'.padStart(6)} ${'ms/step'.padStart(9)} ${'share'.padStart(7)}`,
    row(`step (${(step / batch).toFixed(2)} ms/image)`, step),
    row('  of it forward, kernels included', forward),
    row('kernels', inKernels),
    ...(mode === 'train'
      ? [row("optimiser's update", update), row('gradient norm (timed alone)', norm)]
      : []),
    row('rest: layers, tape, JavaScript', rest),
    'kernels by name',
    ...kernels.map(({ name, ms, calls }) => row(`  ${name}`, ms, calls)),
    '',
  ].join('\n');
}
