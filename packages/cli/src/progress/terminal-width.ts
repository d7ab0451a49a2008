/** Width of a terminal in columns. Undefined for a pipe or a file, which takes lines of any length. */
export function terminalWidth(stream: NodeJS.WritableStream): number | undefined {
  const { isTTY, columns } = stream as { isTTY?: boolean; columns?: number };
  return isTTY ? columns : undefined;
}
