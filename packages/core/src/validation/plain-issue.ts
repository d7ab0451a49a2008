/**
 * What a schema says of a value, without the validator's own words: `expected array, but it is missing` for
 * `Invalid input: expected array, received undefined`.
 */
export const plainIssue = (message: string): string =>
  message
    .replace(/^Invalid (input|option): (?=expected )/, '')
    .replace(/, received undefined$/, ', but it is missing')
    .replace(/, received (\w+)$/, ', not $1');
