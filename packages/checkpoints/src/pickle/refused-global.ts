import { CheckpointError } from '@polytag/core';

/**
 * Of a file that cannot be read without what it names, or that names what no file of weights should.
 *
 * @param name `module.name`, as the file has it
 */
export function refusedGlobal(source: string, name: string): CheckpointError {
  return new CheckpointError(
    'checkpoint/refused-global',
    `${source} refers to ${shown(name)}, which is not allowed in a checkpoint.`,
    {
      hint:
        'No code was run. If you trust the file, load it in PyTorch and save only its state_dict: ' +
        "torch.save(model.state_dict(), 'weights.pth').",
    },
  );
}

/** A name from a file, fit for a message. */
const shown = (name: string): string => JSON.stringify(name.length > 100 ? `${name.slice(0, 100)}…` : name);
