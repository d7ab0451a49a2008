/** Starts a command line, and exits with its status; the version of Node is asked first. */
export function start(program: () => Promise<{ main(argv: string[]): Promise<number> }>): void;
