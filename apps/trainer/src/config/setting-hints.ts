import { InvalidArgumentError, Option, type Command } from 'commander';

/** Options that other trainers have, and what they are called in a config. */
const SETTINGS: Readonly<Record<string, readonly string[]>> = {
  '--epochs': ['training.epochs'],
  '--batch': ['training.batchSize'],
  '--batch-size': ['training.batchSize'],
  '--lr': ['training.learningRate'],
  '--learning-rate': ['training.learningRate'],
  '--weight-decay': ['training.weightDecay'],
  '--seed': ['seed'],
  '--workers': ['data.workers'],
  '--engine': ['engine'],
  '--weights': ['model.weights'],
  '--size': ['data.height', 'data.width'],
  '--image-size': ['data.height', 'data.width'],
};

/** Tells whoever gives a setting as an option how it is given. The options stand in no help. */
export function withSettingHints(command: Command, own: readonly string[] = []): Command {
  for (const [flag, keys] of Object.entries(SETTINGS)) {
    if (own.includes(flag)) continue;
    const refuse = (value: string) => {
      throw new InvalidArgumentError(
        `This is a config setting: ${keys.map((key) => `--set ${key}=${value}`).join(' ')}`,
      );
    };
    command.addOption(new Option(`${flag} <value>`).hideHelp().argParser(refuse));
  }
  return command;
}
