import { InvalidArgumentError } from 'commander';

/** A whole number from 1, as an option's value. */
export function wholeNumber(text: string): number {
  const value = Number(text);
  if (!Number.isInteger(value) || value < 1) {
    throw new InvalidArgumentError('It must be a whole number from 1.');
  }
  return value;
}

/** Several of them, with commas between: `20,100,500`. */
export function wholeNumbers(text: string): number[] {
  return text.split(',').map(wholeNumber);
}
