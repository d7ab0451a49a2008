/** Metadata of a safetensors file that says which label each class is, in their order. */
export const labelsMetadata = (names: readonly string[]): Record<string, string> => ({
  labels: JSON.stringify(names),
});

/** The labels that metadata says; undefined when there are none, or no list of texts. */
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
