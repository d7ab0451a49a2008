import { loadOnnx } from '@polytag/onnx-runtime';

/**
 * All scores of a picture, by an exported model on the light runtime.
 *
 * @param folder and `image` are paths, or in a page addresses
 */
export async function predictOnnx(
  folder: string,
  image: string,
  { wasmPath }: { readonly wasmPath?: string } = {},
): Promise<{ readonly label: string; readonly score: number }[]> {
  const model = await loadOnnx(folder, { wasmPath });
  try {
    return await model.topK(image, model.labels.size);
  } finally {
    await model.close();
  }
}
