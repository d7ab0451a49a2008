import { CheckpointError } from '@polytag/core';

/**
 * Of a file that cannot be read without what it names, or that names what no file of weights should.
 *
 * @param name `module.name`, as the file has it
 */
export function refusedGlobal(source: string, name: string): CheckpointError {
  return new CheckpointError(
    'checkpoint/refused-global',
    `${source} asks for ${shown(name)}, which is not a part of a plain checkpoint.`,
    {
      hint:
        'Nothing was run. Where you trust the file, load it in PyTorch and save its state_dict alone: ' +
        "torch.save(model.state_dict(), 'weights.pth').",
    },
  );
}

/** A name from a file, fit for a message. */
const shown = (name: string): string => JSON.stringify(name.length > 100 ? `${name.slice(0, 100)}…` : name);
