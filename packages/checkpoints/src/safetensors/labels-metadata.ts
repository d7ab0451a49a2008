/** Metadata of a safetensors file with the label names, in the order of the classes. */
export const labelsMetadata = (names: readonly string[]): Record<string, string> => ({
  labels: JSON.stringify(names),
});

/** The label names in the metadata; undefined if there are none, or not a list of strings. */
export function labelsIn({ labels }: Readonly<Record<string, string>>): readonly string[] | undefined {
  if (labels === undefined) return undefined;
  try {
    const names: unknown = JSON.parse(labels);
    return Array.isArray(names) && names.every((name) => typeof name === 'string')
      ? (names as string[])
      : undefined;
  } catch {
    return undefined;
  }
}
