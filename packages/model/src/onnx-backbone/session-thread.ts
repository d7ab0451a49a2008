/** The entry of a blocking session's thread: opens an ONNX file, then runs it as it is asked to. */
import { workerData } from 'node:worker_threads';
import type { SentError, SessionAnswer, SessionFile, SessionRequest } from './blocking-session.js';
import { wake, type AnsweringStart } from './blocking-thread.js';

const { port, answered, data } = workerData as AnsweringStart<SessionFile>;

function answer(message: SessionAnswer): void {
  port.postMessage(message);
  wake(answered);
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
  // Nothing is imported before: what goes wrong is told with its code.
  const { openSession } = await import('@polytag/onnx-runtime');
  const session = await openSession(data.file, { name: data.source });
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
