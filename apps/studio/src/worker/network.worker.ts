import './jitless.ts';
import { PolytagError } from '@polytag/core';
import type { Answers, Call, CallContext, Failure, Progress, Requests } from './protocol.ts';
import { explain, exportModel, keepTrained, openModel, predict, predictAll } from './open-model.ts';
import { answerFeatures, type FeaturesRequest } from './features-worker.ts';
import { drawScenes } from './scenes.ts';
import { train } from './train.ts';

type Handlers = {
  readonly [Name in Call]: (request: Requests[Name], context: CallContext) => Promise<Answers[Name]>;
};

const handlers: Handlers = {
  open: openModel,
  predict,
  predictAll,
  explain,
  scenes: drawScenes,
  train,
  keep: keepTrained,
  exportModel,
};

interface Message {
  readonly id: number;
  readonly name: Call;
  readonly request: never;
  readonly stop?: true;
}

const running = new Map<number, AbortController>();
let last: Promise<unknown> = Promise.resolve();

self.onmessage = ({ data }: MessageEvent<Message | FeaturesRequest>) => {
  // Another worker of this script shares out its features.
  if ('kind' in data) return void answerFeatures(data);
  const { id, name, request, stop } = data;
  if (stop) return running.get(id)?.abort();
  const controller = new AbortController();
  running.set(id, controller);
  // One after another: the engine has one memory.
  last = last.then(async () => {
    try {
      const report = (progress: Progress) => self.postMessage({ id, progress });
      const value = await handlers[name](request, { report, signal: controller.signal });
      self.postMessage({ id, value });
    } catch (error) {
      self.postMessage({ id, failure: failureOf(error) });
    } finally {
      running.delete(id);
    }
  });
};

function failureOf(error: unknown): Failure {
  if (error instanceof PolytagError) {
    const { message, hint, code } = error;
    return { message, hint, code };
  }
  return { message: error instanceof Error ? error.message : String(error) };
}
