import { CheckpointError, EngineError, printable, UsageError } from '@polytag/core';
import { checkExternalFiles, readExternalFiles, readModelFile } from '#read-model-file';
import type { ModelFile } from '../file/model-file.js';
import { readOnnxFile, type OnnxFile } from '../file/onnx-file.js';
import { describeRuntime, requireOnnxRuntime, type InstalledRuntime } from '../runtime/installed-runtime.js';
import type { OnnxData, OnnxRuntime, RuntimeSession } from '../runtime/onnx-runtime.js';

/** An input tensor of a graph. */
export interface OnnxTensor {
  /** `float32`, `uint8`, `int64`, …: the type of the graph's input. */
  readonly type: string;
  readonly data: OnnxData;
  readonly shape: readonly number[];
}

/** An output tensor of a graph. */
export interface OnnxResult {
  readonly data: OnnxData;
  readonly shape: readonly number[];
}

export interface SessionOptions {
  /** `onnxruntime-node` or `onnxruntime-web`, imported by the caller. Default: the installed one. */
  readonly runtime?: OnnxRuntime;
  /**
   * Number of computing threads. With onnxruntime-web, the first session of the process sets it, and a page has one
   * thread unless it is cross-origin isolated. Default 1.
   */
  readonly threads?: number;
  /**
   * In a page: URL of the folder with `ort-wasm-simd-threaded.wasm` of onnxruntime-web, ending in a slash. The first
   * session of the page sets it. Default: the folder of the script.
   */
  readonly wasmPath?: string;
  /** Name in errors of a model given as bytes. Default `The ONNX model`. */
  readonly name?: string;
}

/** A graph ready to run. */
export interface OnnxSession {
  /** Description of the file: inputs, outputs, opset, metadata. */
  readonly file: OnnxFile;
  readonly runtime: InstalledRuntime;
  readonly threads: number;
  /**
   * Runs the graph once; concurrent calls are queued.
   *
   * @param inputs inputs by name
   * @returns outputs by name
   * @throws EngineError `engine/onnx-run` if the runtime rejects the inputs or fails; UsageError `usage/onnx-closed` after
   *   `close`
   */
  run(inputs: Readonly<Record<string, OnnxTensor>>): Promise<Record<string, OnnxResult>>;
  /** Frees the weights, after the runs that were asked for. The session cannot be used afterwards; closing again does nothing. */
  close(): Promise<void>;
}

/**
 * Opens an ONNX file with the installed onnxruntime, on the CPU. The file is checked first: weights in files outside
 * its folder, and tensors larger than the file, are refused.
 *
 * @param model path of a file, in a page its URL, or its bytes
 * @throws EngineError `engine/onnx-runtime-missing`, naming the command that installs one
 * @throws CheckpointError `checkpoint/onnx` for a file that is damaged or that the runtime rejects,
 * `checkpoint/onnx-opset`, `checkpoint/onnx-external`, and those of reading it
 */
export async function openSession(
  model: string | Uint8Array,
  { name = 'The ONNX model', ...options }: SessionOptions = {},
): Promise<OnnxSession> {
  return openModelFile(
    typeof model === 'string' ? await readModelFile(model) : { bytes: model, source: name },
    options,
  );
}

/** As {@link openSession}, of a file that is read already. */
export async function openModelFile(
  modelFile: ModelFile,
  { runtime: given, threads = 1, wasmPath }: Omit<SessionOptions, 'name'>,
): Promise<OnnxSession> {
  const found = given ? describeRuntime(given) : await requireOnnxRuntime();
  if (wasmPath !== undefined)
    found.runtime.env.wasm.wasmPaths = { wasm: `${wasmPath}ort-wasm-simd-threaded.wasm` };
  const file = readOnnxFile(modelFile.bytes, modelFile.source);
  const session = await createSession(modelFile, file, found, threads);
  let last: Promise<unknown> = Promise.resolve();
  let closed: Promise<void> | undefined;
  return {
    file,
    runtime: found,
    threads,
    async run(inputs) {
      // onnxruntime-web finds a session by its address, at which another may be by now.
      if (closed) {
        throw new UsageError('usage/onnx-closed', `${modelFile.source} is closed.`, {
          hint: 'Close a model or session after its last run, or open it again.',
        });
      }
      // onnxruntime-web has one memory, and refuses a second run beside the first.
      const next = last.then(() => run(session, found.runtime, inputs));
      last = next.catch(() => undefined);
      return next;
    },
    close: () => (closed ??= last.then(() => session.release())),
  };
}

async function createSession(
  modelFile: ModelFile,
  file: OnnxFile,
  { runtime, name, version }: InstalledRuntime,
  threads: number,
): Promise<RuntimeSession> {
  const { bytes, source, path } = modelFile;
  const { externalFiles, externalBytes } = file;
  const options = {
    intraOpNumThreads: threads,
    interOpNumThreads: 1,
    executionProviders: ['cpu'],
    // What fails is thrown as well: nothing is left to tell on standard error.
    logSeverityLevel: 4,
  };
  try {
    if (name === 'onnxruntime-node') {
      // It reads the files beside the model itself.
      await checkExternalFiles(modelFile, externalBytes);
      if (externalFiles.length > 0) return await runtime.InferenceSession.create(path!, options);
      return await runtime.InferenceSession.create(bytes, options);
    }
    runtime.env.wasm.numThreads = threads;
    const files = await readExternalFiles(modelFile, externalBytes);
    const externalData = Array.from(files, ([file, data]) => ({ path: file, data }));
    return await runtime.InferenceSession.create(bytes, {
      ...options,
      executionProviders: ['wasm'],
      externalData,
    });
  } catch (cause) {
    if (cause instanceof CheckpointError) throw cause;
    throw new CheckpointError(
      'checkpoint/onnx',
      `${name} ${version} cannot load ${source}: ${messageOf(cause)}`,
      {
        hint: `The file has opset ${file.opset} and IR version ${file.irVersion}. Export it again, with opset 17 if possible, or install a newer runtime (npm i ${name}@latest).`,
        cause,
      },
    );
  }
}

async function run(
  session: RuntimeSession,
  { Tensor }: OnnxRuntime,
  inputs: Readonly<Record<string, OnnxTensor>>,
): Promise<Record<string, OnnxResult>> {
  try {
    const feeds = Object.entries(inputs).map(
      ([name, { type, data, shape }]) => [name, new Tensor(type, data, shape)] as const,
    );
    const outputs = await session.run(Object.fromEntries(feeds));
    return Object.fromEntries(
      Object.entries(outputs).map(([name, { data, dims }]) => [
        name,
        { data: data as OnnxData, shape: dims },
      ]),
    );
  } catch (cause) {
    throw new EngineError('engine/onnx-run', `The ONNX model failed to run: ${messageOf(cause)}`, {
      hint: 'Check the shapes and types of its inputs; memory may also have run out.',
      cause,
    });
  }
}

/** What the runtime says, without its error numbers and the place in its C++ sources. */
function messageOf(cause: unknown): string {
  const said = cause instanceof Error ? cause.message : String(cause);
  const plain = said
    .replace(/^.*?ERROR_MESSAGE: /s, '')
    .replace(/^(?:[A-Z]:)?[\\/]\S+:\d+ .*?\) (?=[A-Z])/s, '');
  return printable(plain.trim(), 400);
}
