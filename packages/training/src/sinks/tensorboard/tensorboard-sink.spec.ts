import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { tensorboardSink } from './tensorboard-sink.js';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'polytag-tensorboard-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

/** A field of a protocol buffer as the wire has it: a number, or bytes. */
type Fields = Map<number, (number | Buffer)[]>;

/** Reads a message by the wire format alone. */
function fieldsOf(message: Buffer): Fields {
  const fields: Fields = new Map();
  let at = 0;
  const varint = () => {
    let value = 0;
    for (let factor = 1; ; factor *= 128) {
      const byte = message[at++];
      value += (byte & 127) * factor;
      if (byte < 128) return value;
    }
  };
  while (at < message.length) {
    const key = varint();
    const take = (bytes: number) => message.subarray(at, (at += bytes));
    const wire = key & 7;
    const value =
      wire === 0
        ? varint()
        : wire === 1
          ? take(8).readDoubleLE()
          : wire === 2
            ? take(varint())
            : take(4).readFloatLE();
    fields.set(key >>> 3, [...(fields.get(key >>> 3) ?? []), value]);
  }
  return fields;
}

/** The events of a file. Field numbers: event.proto and summary.proto of TensorFlow. */
function eventsOf(file: Buffer) {
  const events: object[] = [];
  for (let at = 0; at < file.length;) {
    const length = Number(file.readBigUInt64LE(at));
    const event = fieldsOf(file.subarray(at + 12, at + 12 + length));
    at += 12 + length + 4;
    const summary = event.get(5)?.[0] as Buffer | undefined;
    const session = event.get(7)?.[0] as Buffer | undefined;
    events.push({
      step: event.get(2)?.[0],
      ...(event.has(3) && { version: String(event.get(3)![0]) }),
      ...(session && { status: fieldsOf(session).get(1)![0] }),
      ...(summary && { values: (fieldsOf(summary).get(1) as Buffer[]).map(valueOf) }),
    });
  }
  return events;
}

function valueOf(value: Buffer) {
  const fields = fieldsOf(value);
  const tag = String(fields.get(1)![0]);
  if (fields.has(2)) return [tag, fields.get(2)![0]];
  const image = fieldsOf(fields.get(4)![0] as Buffer);
  return [
    tag,
    { height: image.get(1)![0], width: image.get(2)![0], colours: image.get(3)![0], png: image.get(4)![0] },
  ];
}

async function written() {
  const files = (await readdir(folder)).sort();
  return Promise.all(files.map(async (file) => eventsOf(await readFile(join(folder, file)))));
}

describe('tensorboardSink', () => {
  it('writes the version, then a summary for each step, at the flush', async () => {
    const sink = tensorboardSink(folder);
    sink.start(0);
    sink.scalars(1, { 'train/loss': 0.5, 'train/learning-rate': 0.25 });
    sink.scalars(300, { 'val/mAP': 0.75 });
    expect(await readdir(folder)).toEqual([]);
    await sink.flush();
    await sink.flush();
    expect(await written()).toEqual([
      [
        { step: 0, version: 'brain.Event:2' },
        {
          step: 1,
          values: [
            ['train/loss', 0.5],
            ['train/learning-rate', 0.25],
          ],
        },
        { step: 300, values: [['val/mAP', 0.75]] },
      ],
    ]);
    expect((await readdir(folder))[0]).toContain('.tfevents.');
  });

  it('writes pictures with their size', async () => {
    const sink = tensorboardSink(folder);
    sink.start(0);
    sink.image!(2, 'data/augmented', { png: Uint8Array.of(137, 80, 78, 71), height: 200, width: 300 });
    await sink.flush();
    const [[, event]] = await written();
    const png = Buffer.from([137, 80, 78, 71]);
    expect(event).toEqual({
      step: 2,
      values: [['data/augmented', { height: 200, width: 300, colours: 3, png }]],
    });
  });

  it('begins another file when a run goes on, and voids the steps after the checkpoint', async () => {
    const first = tensorboardSink(folder);
    first.start(0);
    first.scalars(9, { 'train/loss': 1 });
    await first.flush();
    const second = tensorboardSink(folder);
    second.start(7);
    second.scalars(8, { 'train/loss': 2 });
    await second.flush();
    expect((await written())[1]).toEqual([
      { step: 0, version: 'brain.Event:2' },
      { step: 8, status: 1 },
      { step: 8, values: [['train/loss', 2]] },
    ]);
  });
});
