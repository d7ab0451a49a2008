/** The entry of a blocking session's thread: opens an ONNX file, then runs it as it is asked to. */
import { workerData } from 'node:worker_threads';
import type { SentError, SessionAnswer, SessionRequest, SessionStart } from './blocking-session.js';

const { port, answered, file, source } = workerData as SessionStart;

function answer(message: SessionAnswer): void {
  port.postMessage(message);
  Atomics.store(answered, 0, 1);
  Atomics.notify(answered, 0);
}

function sent(cause: unknown): SentError {
  const {
    name,
    code = 'engine/onnx-run',
    message = String(cause),
    hint,
  } = cause as Partial<SentError & Error>;
  return { kind: name === 'CheckpointError' ? 'checkpoint' : 'engine', code, message, hint };
}

try {
  // Nothing is imported before: who waits for an answer would not hear what went wrong.
  const { openSession } = await import('@polytag/onnx-runtime');
  const session = await openSession(file, { name: source });
  port.on('message', ({ inputs, output }: SessionRequest) => {
    session.run(inputs).then(
      (outputs) => answer({ result: outputs[output] }),
      (cause: unknown) => answer({ error: sent(cause) }),
    );
  });
  answer({ runtime: `${session.runtime.name} ${session.runtime.version}` });
} catch (cause) {
  answer({ error: sent(cause) });
}
