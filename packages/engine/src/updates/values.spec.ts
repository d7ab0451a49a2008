import * as tf from '@tensorflow/tfjs-core';
import { RandomStream } from '@polytag/core';
import { addValues, readValues, writeValues } from './values.js';
import { ENGINES, normals, read, start, variable } from './variables.fixture.js';

describe.each(ENGINES)('values on %s', (engine) => {
  beforeAll(() => start(engine));
  const stream = new RandomStream(4);
  const shared = (values: Float32Array) => {
    const memory = new Float32Array(new SharedArrayBuffer(values.byteLength));
    memory.set(values);
    return memory;
  };

  test('go to shared memory and come back into a variable, which keeps nothing of the array', () => {
    const values = normals(stream, 23);
    const [from, to] = [variable(values), variable(new Float32Array(23))];
    const memory = shared(new Float32Array(23));
    const before = tf.memory().numTensors;
    readValues(from, memory);
    writeValues(to, memory);
    memory.fill(0);
    expect(read(to)).toEqual(values);
    expect(read(from)).toEqual(values);
    expect(tf.memory().numTensors).toBe(before);
    tf.dispose([from, to]);
  });

  test('are written beside a clone, which keeps what it has', () => {
    const to = variable([1, 2]);
    const clone = to.clone();
    writeValues(to, Float32Array.of(3, 4));
    expect([...read(clone)]).toEqual([1, 2]);
    expect([...read(to)]).toEqual([3, 4]);
    tf.dispose([to, clone]);
  });

  test('are added as float32 sums, in place or beside a clone', () => {
    const [a, b] = [normals(stream, 9), normals(stream, 9)];
    const expected = a.map((value, i) => value + b[i]);
    const before = tf.memory().numTensors;
    const alone = addValues(tf.tensor(a.slice(), [3, 3]), shared(b));
    expect(alone.shape).toEqual([3, 3]);
    expect(read(alone)).toEqual(expected);
    const held = tf.tensor(a.slice(), [3, 3]);
    const clone = held.clone();
    const sum = addValues(held, shared(b));
    expect(read(sum)).toEqual(expected);
    expect(read(clone)).toEqual(a);
    tf.dispose([alone, clone, sum]);
    expect(tf.memory().numTensors).toBe(before);
  });

  test('of another number are refused', () => {
    const to = variable([1, 2]);
    const refused = expect.objectContaining({ code: 'usage/shape' });
    for (const copy of [readValues, writeValues, addValues] as ((
      t: tf.Variable,
      v: Float32Array,
    ) => unknown)[])
      expect(() => copy(to, new Float32Array(3))).toThrow(refused);
    to.dispose();
  });
});
