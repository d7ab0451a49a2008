import { readModelFile } from '../file/read-model-file.browser.js';
import { INFO, MODEL, type OnnxFolder } from './onnx-folder.js';

/**
 * Fetches a folder that `exportOnnx` wrote. Checksums are left to the connection.
 *
 * @param folder address, relative to the page
 * @throws CheckpointError `checkpoint/not-found`
 */
export async function readOnnxFolder(folder: string): Promise<OnnxFolder> {
  const base = folder.replace(/\/$/, '');
  const [info, model] = await Promise.all([
    readModelFile(`${base}/${INFO}`),
    readModelFile(`${base}/${MODEL}`),
  ]);
  return { info: info.bytes, infoSource: info.source, model };
}
