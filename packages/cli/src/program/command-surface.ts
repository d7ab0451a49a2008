import type { Command } from 'commander';

/** One line per argument and visible option: flags, whether it is required, choices, default. */
export function commandSurface(command: Command): string[] {
  const shown = command.options.filter(({ hidden }) => !hidden);
  const options = shown.map((option) =>
    [
      option.flags,
      ...(option.mandatory ? ['required'] : []),
      ...(option.argChoices ? [`one of ${option.argChoices.join(', ')}`] : []),
      ...(option.defaultValue === undefined ? [] : [`default ${JSON.stringify(option.defaultValue)}`]),
    ].join(' | '),
  );
  const inner = command.commands.flatMap((one) => commandSurface(one).map((line) => `${one.name()} ${line}`));
  return [...command.registeredArguments.map((argument) => argument.name()), ...options, ...inner];
}
