import type { Streams } from '@polytag/cli';
import { Command } from 'commander';
import { agreementCommand } from './commands/agreement.js';
import { checkpointsCommand } from './commands/checkpoints.js';
import { compareCommand } from './commands/compare.js';
import { decodeCommand } from './commands/decode.js';
import { duplicatesCommand } from './commands/duplicates.js';
import { footprintCommand } from './commands/footprint.js';
import { judgeCommand } from './commands/judge.js';
import { kernelsCommand } from './commands/kernels.js';
import { foundLabelsCommand, plantLabelsCommand } from './commands/label-issues.js';
import { missingLabelsCommand } from './commands/missing-labels.js';
import { onnxCommand } from './commands/onnx.js';
import { pointingCommand } from './commands/pointing.js';
import { predictCommand } from './commands/predict.js';
import { profileCommand } from './commands/profile.js';
import { replicaScalingCommand } from './commands/replica-scaling.js';
import { scalingCommand } from './commands/scaling.js';
import { serveCommand } from './commands/serve.js';
import { sideCommand } from './commands/side.js';
import { sideOnnxCommand } from './commands/side-onnx.js';
import { sideRunCommand } from './commands/side-run.js';
import { stepCommand } from './commands/step.js';
import { updatesCommand } from './commands/updates.js';

/** Every command of `npm run bench`. */
export function benchProgram(streams: Streams): Command {
  return new Command('bench')
    .description('Measures how fast Polytag is on this machine.')
    .addCommand(compareCommand('train', streams))
    .addCommand(compareCommand('eval', streams))
    .addCommand(onnxCommand(streams))
    .addCommand(profileCommand(streams))
    .addCommand(stepCommand(streams))
    .addCommand(kernelsCommand(streams))
    .addCommand(updatesCommand(streams))
    .addCommand(decodeCommand(streams))
    .addCommand(duplicatesCommand(streams))
    .addCommand(predictCommand(streams))
    .addCommand(serveCommand(streams))
    .addCommand(scalingCommand(streams))
    .addCommand(footprintCommand(streams))
    .addCommand(replicaScalingCommand(streams))
    .addCommand(checkpointsCommand(streams))
    .addCommand(agreementCommand(streams))
    .addCommand(judgeCommand(streams))
    .addCommand(plantLabelsCommand(streams))
    .addCommand(foundLabelsCommand(streams))
    .addCommand(missingLabelsCommand(streams))
    .addCommand(pointingCommand(streams))
    .addCommand(sideCommand(streams), { hidden: true })
    .addCommand(sideRunCommand(streams), { hidden: true })
    .addCommand(sideOnnxCommand(streams), { hidden: true });
}
