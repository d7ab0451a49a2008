/** Columns of a stream that is a terminal; undefined for a pipe or a file, which has none and takes lines of any length. */
export function terminalWidth(stream: NodeJS.WritableStream): number | undefined {
  const { isTTY, columns } = stream as { isTTY?: boolean; columns?: number };
  return isTTY ? columns : undefined;
}
