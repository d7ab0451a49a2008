import { join } from 'node:path';
import { CheckpointError } from '@polytag/core';
import { bytesInMemory } from '../bytes/byte-source.js';
import { checkpointIn } from '../open/open-checkpoint.js';
import { PickledUnread } from '../pickle/pickle-value.js';
import { PytorchFile } from './pytorch-file.js';
import {
  concat,
  dict,
  floats,
  op,
  pickle,
  tensor,
  torchLegacy,
  torchZip,
  tuple,
  zip,
  type TorchTensor,
} from './torch-file.fixture.js';

const open = (bytes: Uint8Array, container?: string) =>
  checkpointIn(bytesInMemory(bytes, 'a.pth'), { container }) as Promise<PytorchFile>;

const codeOf = async (bytes: Uint8Array, container?: string): Promise<string> => {
  try {
    await open(bytes, container);
  } catch (error) {
    if (error instanceof CheckpointError) return error.code;
    throw error;
  }
  return 'accepted';
};

const six = floats(1, 2, 3, 4, 5, 6);
const both = (value: Uint8Array): [string, Uint8Array][] => [
  ['zip', torchZip(value, { 0: six })],
  ['legacy', torchLegacy(value, { 0: [6, six] })],
];
const weight: TorchTensor = { key: '0', shape: [2, 3], elements: 6 };

describe('PytorchFile', () => {
  it.each(both(dict({ w: tensor(weight), t: tensor({ ...weight, shape: [3, 2], strides: [1, 3] }) })))(
    'reads views of a shared storage (%s)',
    async (_, bytes) => {
      const file = await open(bytes);
      expect([...file.entries].map(([key, { dtype, shape }]) => [key, dtype, shape])).toEqual([
        ['w', 'F32', [2, 3]],
        ['t', 'F32', [3, 2]],
      ]);
      expect((await file.read('w')).data).toEqual(Float32Array.of(1, 2, 3, 4, 5, 6));
      expect((await file.read('t')).data).toEqual(Float32Array.of(1, 4, 2, 5, 3, 6));
      await expect(file.read('x')).rejects.toMatchObject({ code: 'checkpoint/missing-key' });
      await file.close();
    },
  );

  it('reads a storage that is a part of another, as PyTorch wrote before 0.4', async () => {
    const part = tuple(op.text('1'), op.int(2), op.int(3));
    const value = dict({ w: tensor({ ...weight, shape: [2], offset: 1 }, part) });
    const file = await open(torchLegacy(value, { 0: [6, six] }));
    expect((await file.read('w')).data).toEqual(Float32Array.of(4, 5));
  });

  it('takes the state dict from where training programs put it, or where it is told', async () => {
    const [inner, other] = [dict({ a: tensor(weight) }), dict({ b: tensor(weight) })];
    const keys = async (value: Uint8Array, container?: string) => [
      ...(await open(torchZip(value, { 0: six }), container)).entries.keys(),
    ];
    expect(await keys(dict({ model: inner, state_dict: other }))).toEqual(['b']);
    expect(await keys(dict({ model: inner, epoch: op.int(3) }))).toEqual(['a']);
    expect(await keys(dict({ weights: inner, c: tensor(weight) }))).toEqual(['weights.a', 'c']);
    expect(await keys(dict({ model: inner, ema: dict({ net: other }) }), 'ema.net')).toEqual(['b']);
    expect(await codeOf(torchZip(dict({ model: inner }), { 0: six }), 'ema')).toBe('checkpoint/container');
  });

  it('tells of dicts with the same weights, and takes keys that begin as it is told', async () => {
    const inner = dict({ a: tensor(weight) });
    const other = dict({ 'module.a': tensor(weight) });
    const others = async (value: Uint8Array, container?: string) => {
      const { container: taken, otherContainers } = await open(torchZip(value, { 0: six }), container);
      return [taken, otherContainers];
    };
    const averaged = dict({
      state_dict: inner,
      state_dict_ema: other,
      swa: dict({ net: other }),
      optimizer: dict({ a: tensor({ ...weight, shape: [3, 2] }) }),
    });
    expect(await others(averaged)).toEqual(['state_dict', ['state_dict_ema', 'swa.net']]);
    expect(await others(averaged, 'swa.net')).toEqual(['swa.net', undefined]);
    expect(await others(inner)).toEqual([undefined, []]);
    const flat = dict({ state_dict: dict({ 'net.a': tensor(weight), 'ema.a': tensor(weight) }) });
    for (const name of ['ema', 'state_dict.ema'])
      expect([...(await open(torchZip(flat, { 0: six }), name)).entries.keys()]).toEqual(['ema.a']);
  });

  it('keeps the plain data beside the weights', async () => {
    const counter = concat(op.global('collections', 'Counter'), tuple(dict({ 5: op.int(1) })), op.reduce);
    const attribute = concat(
      op.global('__builtin__', 'getattr'),
      tuple(op.global('torch.optim.lr_scheduler', 'OneCycleLR'), op.text('_annealing_cos')),
      op.reduce,
    );
    const score = concat(
      op.global('numpy.core.multiarray', 'scalar'),
      tuple(
        concat(op.global('numpy', 'dtype'), tuple(op.text('f8'), [0x89], [0x88]), op.reduce),
        concat(
          op.global('_codecs', 'encode'),
          // 0.75 is 0x3fe8000000000000.
          tuple(op.text('\0\0\0\0\0\0\u00e8?'), op.text('latin1')),
          op.reduce,
        ),
      ),
      op.reduce,
    );
    const options = concat(
      op.global('argparse', 'Namespace'),
      op.emptyTuple,
      op.reduce,
      dict({ lr: op.int(1) }),
      op.build,
    );
    const value = dict({ a: tensor(weight), counter, attribute, score, options });
    const { value: read } = await open(torchZip(value, { 0: six }));
    const found = read as ReadonlyMap<string, unknown>;
    expect(found.get('score')).toBe(0.75);
    expect(found.get('counter')).toEqual(new Map([['5', 1]]));
    expect(found.get('attribute')).toMatchObject({
      name: 'torch.optim.lr_scheduler.OneCycleLR._annealing_cos',
    });
  });

  describe.each(['zip', 'legacy'])('what PyTorch writes beside weights (%s)', (container) => {
    const path = join(import.meta.dirname, `beside-weights.${container}.fixture.pth`);

    it('is read past', async () => {
      const file = await PytorchFile.open(path);
      const three = ['plain', 'parameter', 'parameter_with_state', 'tensor_with_state', 'subclass'];
      expect([...file.entries.keys()]).toEqual(three);
      for (const key of three) expect((await file.read(key)).data).toEqual(Float32Array.of(0, 1, 2));
      // Complex numbers have no place in a network here.
      expect(file.unread).toEqual(new Map([['frequencies', 'torch.ComplexFloatStorage']]));
      await expect(file.read('frequencies')).rejects.toMatchObject({ code: 'checkpoint/refused-global' });
      await file.close();
    });

    it('is data where it is plain', async () => {
      const file = await PytorchFile.open(path);
      const value = file.value as ReadonlyMap<string, unknown>;
      expect(value.get('epoch')).toBe(7);
      const { complex64, complex128, longdouble, bool_, ...integers } = Object.fromEntries(
        value.get('numpy') as Map<string, unknown>,
      );
      expect([complex64, complex128, bool_]).toEqual([[1, 0], [1, 0], true]);
      expect(longdouble).toBeInstanceOf(PickledUnread);
      expect(new Set(Object.values(integers))).toEqual(new Set([1]));
      expect(value.get('swapped')).toBe(3.5);
      expect(value.get('texts')).toEqual(['héllo', Uint8Array.of(97, 98)]);
      expect(value.get('complex')).toEqual([1, 2]);
      expect(value.get('bytes')).toEqual([[97, 98, 255], [], [255], []].map((one) => Uint8Array.from(one)));
      expect(value.get('sets')).toEqual([[1], [2], []]);
      await file.close();
    });
  });

  it('names what stands in the place of the weights', async () => {
    const network = concat(op.global('torch.nn.modules.linear', 'Linear'), op.emptyTuple, [0x81]);
    for (const value of [network, dict({ model: network }), dict({ state_dict: dict({ a: network }) })]) {
      await expect(open(torchZip(value, {}))).rejects.toMatchObject({
        code: 'checkpoint/refused-global',
        message: expect.stringContaining('"torch.nn.modules.linear.Linear"'),
      });
    }
  });

  it('takes the one dict of tensors, whatever its name', async () => {
    const inner = dict({ a: tensor(weight) });
    const value = dict({ best_ema: inner, epoch: op.int(1), optimizer: dict({ state: dict({ 0: inner }) }) });
    expect([...(await open(torchZip(value, { 0: six }))).entries.keys()]).toEqual(['a']);
  });

  it.each([
    ['os', 'system'],
    ['posix', 'system'],
    ['builtins', 'eval'],
    ['builtins', 'print'],
    ['subprocess', 'Popen'],
    ['_io', 'open'],
    ['torch.serialization', 'load'],
    ['torch.hub', 'load'],
    ['__main__', 'run'],
    ['__proto__', 'constructor'],
  ])('refuses %s.%s by name, wherever it stands', async (module, name) => {
    const call = concat(op.global(module, name), tuple(op.text('x')), op.reduce);
    for (const [, bytes] of both(dict({ w: tensor(weight), z: call }))) {
      await expect(open(bytes)).rejects.toMatchObject({
        code: 'checkpoint/refused-global',
        message: expect.stringContaining(`"${module}.${name}"`),
      });
    }
  });

  it('refuses what an attribute of a known name would do', async () => {
    const load = concat(
      op.global('builtins', 'getattr'),
      tuple(op.global('torch', 'hub'), op.text('load')),
      op.reduce,
    );
    const call = concat(load, tuple(op.text('x')), op.reduce);
    await expect(open(torchZip(dict({ w: tensor(weight), call }), { 0: six }))).rejects.toMatchObject({
      code: 'checkpoint/refused-global',
      message: expect.stringContaining('"torch.hub.load"'),
    });
  });

  /** What is remembered once, and then given to one call after the other. */
  const again = (value: Uint8Array, call: Uint8Array, times: number) =>
    concat(
      ...[value, op.put(0), op.pop, op.emptyList, op.mark],
      ...Array.from({ length: times }, () => call),
      [0x65],
    );
  const list = concat(op.emptyList, op.mark, ...Array.from({ length: 20_000 }, () => op.none), [0x65]);
  const numbers = dict(Object.fromEntries(Array.from({ length: 20_000 }, (_, i) => [i, op.none])));
  const text = op.text('a'.repeat(1_000_000));
  const given = (module: string, name: string, ...before: readonly Uint8Array[]) =>
    concat(op.global(module, name), tuple(...before, op.get(0)), op.reduce);

  it.each([
    ['sets', again(list, given('builtins', 'set'), 1000)],
    ['tuples', again(list, given('builtins', 'tuple'), 1000)],
    ['dicts', again(numbers, given('builtins', 'dict'), 1000)],
    ['bytes', again(text, given('_codecs', 'encode'), 1000)],
  ])('does not copy %s again and again', async (_, copies) => {
    const value = dict({ w: tensor(weight), copies });
    await expect(open(torchZip(value, { 0: six }))).rejects.toMatchObject({
      code: 'checkpoint/pickle-size',
      message: expect.stringContaining('copies its values too often'),
    });
  });

  it('makes no name of a text without end', async () => {
    const names = again(text, concat(op.get(0), op.get(0), [0x93]), 1000);
    expect(await codeOf(torchZip(dict({ w: tensor(weight), names }), { 0: six }))).toBe('checkpoint/pickle');
  });

  /** Sixteen lists, each holding the one before sixteen times: 16^16 values in 600 bytes. */
  const laughs = concat(
    tensor(weight),
    op.put(0),
    ...Array.from({ length: 16 }, (_, i) =>
      concat(op.pop, op.mark, ...Array.from({ length: 16 }, () => op.get(i)), op.tuple, op.put(i + 1)),
    ),
  );

  it.each<[string, string, Uint8Array]>([
    ['checkpoint/pickle', 'a view that leaves its storage', tensor({ ...weight, offset: 1 })],
    ['checkpoint/pickle', 'strides that leave it', tensor({ ...weight, strides: [4, 1] })],
    ['checkpoint/pickle', 'a view of 10^9 elements on 6', tensor({ ...weight, shape: [1e9], strides: [0] })],
    ['checkpoint/pickle', 'a negative offset', tensor({ ...weight, offset: -1 })],
    [
      'checkpoint/refused-global',
      'a storage of its own in the place of the weights',
      concat(op.global('torch', 'FloatStorage'), op.emptyTuple, op.reduce),
    ],
    ['checkpoint/pickle', 'a call of a text', concat(op.text('x'), op.emptyTuple, op.reduce)],
    ['checkpoint/storage', 'a storage of another size', tensor({ ...weight, elements: 7 })],
    ['checkpoint/storage', 'a storage that is not there', tensor({ ...weight, key: '1' })],
    [
      'checkpoint/duplicate-tensor',
      'two tensors of one name',
      dict({ 'a.b': tensor(weight), a: dict({ b: tensor(weight) }) }),
    ],
    [
      'checkpoint/pickle-size',
      'a tree without end',
      concat(op.emptyDict, op.text('a'), tuple(laughs), op.setItem),
    ],
  ])('refuses with %s %s', async (code, _, value) => {
    expect(await codeOf(torchZip(value, { 0: six }))).toBe(code);
  });

  it('writes out no list without end, whatever should be there', async () => {
    // Joined as a text it has 16^16 elements.
    const device = concat(op.global('torch', 'device'), tuple(laughs), op.reduce);
    const beside = await open(torchZip(dict({ w: tensor(weight), device }), { 0: six }));
    expect([...beside.entries.keys()]).toEqual(['w']);
    const legacy = torchLegacy(tensor(weight), { 0: [6, six] });
    const version = pickle(op.int(1001));
    const at = Buffer.from(legacy).indexOf(version);
    const nested = concat(op.emptyTuple, ...Array.from({ length: 50_000 }, () => [0x85]));
    for (const odd of [laughs.subarray(tensor(weight).length), nested]) {
      const start = odd === nested ? nested : concat(op.emptyTuple, odd);
      const file = concat(legacy.subarray(0, at), pickle(start), legacy.subarray(at + version.length));
      await expect(open(file)).rejects.toMatchObject({
        code: 'checkpoint/format',
        message: expect.stringContaining('its version is of another kind'),
      });
    }
  });

  it('refuses archives and pickles of others', async () => {
    const whole = torchZip(tensor(weight), { 0: six });
    expect(await codeOf(whole.subarray(0, whole.length - 30))).toBe('checkpoint/zip');
    expect(await codeOf(zip({ 'photo.txt': six }))).toBe('checkpoint/format');
    const program = zip({ 'a/data.pkl': six, 'a/constants.pkl': six });
    await expect(open(program)).rejects.toMatchObject({
      code: 'checkpoint/format',
      message: expect.stringContaining('TorchScript'),
    });
    expect(await codeOf(concat(op.proto, op.none, op.stop))).toBe('checkpoint/format');
    const legacy = torchLegacy(tensor(weight), { 0: [6, six] });
    expect(await codeOf(legacy.subarray(0, legacy.length - 1))).toBe('checkpoint/truncated');
    expect(await codeOf(legacy.subarray(0, 100))).toBe('checkpoint/truncated');
    expect(await codeOf(torchLegacy(tensor(weight), {}))).toBe('checkpoint/storage');
  });
});
