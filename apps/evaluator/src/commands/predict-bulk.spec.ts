import { execFile } from 'node:child_process';
import { copyFile, mkdir, readdir, readFile, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { setTimeout } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { loadModel, saveModel, type MultiLabelModel } from '@polytag/model';
import { polytagEval, ModelProject } from '../evaluator.fixture.js';

/** Twelve names in their order, of which two are no photographs. */
const NAMES = Array.from({ length: 12 }, (_, i) => `many/${String(i).padStart(2, '0')}.png`);
const BAD = new Set([3, 11]);

let project: ModelProject;
let model: MultiLabelModel;
let paths: string[];
beforeAll(async () => {
  project = await ModelProject.make(new Map([['tree', 'a "big", tree']]));
  model = await loadModel(project.best);
  await mkdir(project.path('many'));
  const photo = (i: number) => readFile(project.path(`data/images/val-0000${i % 6}.png`));
  for (const [i, name] of NAMES.entries()) await project.write(name, BAD.has(i) ? 'text' : await photo(i));
  paths = NAMES.map((name) => project.path(name));
});
afterAll(async () => {
  model.dispose();
  await project.remove();
});

const predict = (...more: string[]) => polytagEval('predict', '--model', project.best, ...more);
const goodPaths = () => paths.filter((_, i) => !BAD.has(i));
const out = (name: string) => project.path('out', name);
const lines = (text: string) => text.split('\n').slice(0, -1);

it('predicts a folder, a pattern, and a list beside files, each in its order', async () => {
  const expected = await predict(...goodPaths(), '--json');
  const list = await project.write('list.txt', `${goodPaths().slice(2).join('\r\n')}\r\n`);
  for (const given of [
    [project.path('many')],
    [project.path('m*', '*.{jpg,png}')],
    [...goodPaths().slice(0, 2), '--from', list],
  ]) {
    const { out: found } = await predict(...given, '--format', 'jsonl');
    expect(found).toBe(expected.out);
  }
});

it('gives the same bits on any number of threads', async () => {
  const many = Array.from({ length: 8 }, () => goodPaths()).flat();
  const alone = await predict(...goodPaths(), '--scores', '--json');
  // A program of its own: threads of several batches do not get on with jest's modules.
  const program = fileURLToPath(new URL('../../bin/polytag-eval.js', import.meta.url));
  const { stdout } = await promisify(execFile)(process.execPath, [
    ...[program, 'predict', ...many, '--model', project.best, '--scores', '--json'],
    ...['--workers', '2', '--replicas', '2'],
  ]);
  expect(stdout).toBe(alone.out.repeat(8));
}, 120_000);

it('writes each label with its score as JSON lines and as a table that has the same numbers', async () => {
  const all = await model.topK(goodPaths(), model.labels.size);
  const jsonl = await predict(project.path('many'), '--scores', '--format', 'jsonl', '--out', out('a.jsonl'));
  expect([jsonl.status, jsonl.out]).toEqual([3, '']);
  expect(jsonl.err).toContain('error: 2 of 12 images cannot be used');
  const objects = lines(await readFile(out('a.jsonl'), 'utf8')).map((line) => JSON.parse(line));
  expect(objects).toEqual(goodPaths().map((image, i) => ({ image, labels: all[i] })));
  const csv = await predict(project.path('many'), '--scores', '--exact', '--format', 'csv');
  const [header, ...rows] = lines(csv.out);
  const quoted = model.labels.names.map((name) => (name.includes('"') ? '"a ""big"", tree"' : name));
  expect(header).toBe(['image', ...quoted].join(','));
  const score = (i: number, name: string) => all[i].find(({ label }) => label === name)!.score;
  expect(rows).toEqual(
    goodPaths().map((path, i) => [path, ...model.labels.names.map((name) => score(i, name))].join(',')),
  );
});

it('gives the scores of a table seven digits unless all are asked for', async () => {
  const numbers = async (...more: string[]) => {
    const { out: text } = await predict(...goodPaths(), '--scores', '--format', 'csv', ...more);
    return lines(text)
      .slice(1)
      .flatMap((line) => line.split(',').slice(1));
  };
  const [short, exact] = [await numbers(), await numbers('--exact')];
  expect(exact).toHaveLength(10 * model.labels.size);
  expect(short).toEqual(exact.map((number) => String(Number(Number(number).toPrecision(7)))));
  expect(Math.max(...short.map((number) => number.length))).toBeLessThan(11);
});

it('takes the mean of an image and its mirror image with --flip, as score does', async () => {
  const data = project.path('data/val.json');
  const flipped = await polytagEval('score', '--model', project.best, '--data', data, '--flip');
  const plain = await polytagEval('score', '--model', project.best, '--data', data);
  const predicted = ['--scores', '--exact', '--flip', '--out', out('flip.csv')];
  await predict(project.path('data/images'), ...predicted);
  const judged = await polytagEval('score', '--scores', out('flip.csv'), '--data', data);
  const figures = (text: string) => text.slice(0, text.indexOf(' on data/val.json')).split('\n').slice(0, -1);
  expect(figures(judged.out)).toEqual(figures(flipped.out));
  expect(figures(flipped.out)).not.toEqual(figures(plain.out));
});

it('writes to standard output with --out -, which cannot be resumed', async () => {
  const { out: told } = await predict(paths[0]);
  expect(await predict(paths[0], '--out', '-')).toMatchObject({ status: 0, out: told });
  const { status, err } = await predict(paths[0], '--out', '-', '--resume');
  expect([status, err]).toEqual([2, expect.stringContaining('--resume needs --out.')]);
});

it('leaves the cells of labels empty that are not predicted', async () => {
  const [{ label, score }] = await model.topK(paths[0], 1);
  const { out: csv } = await predict(paths[0], '--top', '1', '--format', 'csv');
  const cells = model.labels.names.map((name) =>
    name === label ? score.toPrecision(7).replace(/0+$/, '') : '',
  );
  expect(lines(csv)[1]).toBe([paths[0], ...cells].join(','));
});

describe.each(['text', 'jsonl', 'csv'])('--resume of %s', (format) => {
  const run = (...more: string[]) =>
    predict(project.path('many'), '--format', format, '--out', out(`r.${format}`), ...more);
  let whole: Buffer;
  let said: string;
  beforeAll(async () => {
    said = (await run()).err;
    whole = await readFile(out(`r.${format}`));
  });

  it('gives the same file and the same errors wherever the first run was cut off', async () => {
    const ends = [...whole.entries()].flatMap(([i, byte]) => (byte === 0x0a ? [i, i + 1] : []));
    for (const length of new Set([0, 1, ends[1] + 7, ...ends.slice(3, 8), whole.length - 1, whole.length])) {
      await writeFile(out(`r.${format}`), whole.subarray(0, length));
      const { status, err } = await run('--resume');
      expect([status, err]).toEqual([3, said]);
      expect(await readFile(out(`r.${format}`))).toEqual(whole);
    }
  });

  it('refuses options and models that change scores, by their names, and leaves the file as it is', async () => {
    await writeFile(out(`r.${format}`), whole.subarray(0, -2));
    for (const [given, told] of [
      [['--flip'], 'was begun without --flip, not with --flip'],
      [['--threshold', '0.3'], 'was begun without --threshold, not with --threshold 0.3'],
      [['--max-pixels', '100000000'], 'was begun '],
      [['--engine', 'cpu'], 'was begun with --engine wasm, not with --engine cpu'],
    ] as const) {
      const { status, err } = await run('--resume', ...given);
      expect([status, err]).toEqual([2, expect.stringContaining(`${out(`r.${format}`)} ${told}`)]);
      expect(await readFile(out(`r.${format}`))).toEqual(whole.subarray(0, -2));
    }
  });

  it('leaves nothing beside a file that was not resumed', async () => {
    await writeFile(out(`r.${format}.predict.json`), '{}');
    await run();
    const names = (await readdir(project.path('out'))).filter((name) => name.startsWith(`r.${format}`));
    expect(names).toEqual([`r.${format}`]);
  });

  it('begins where there is no file yet', async () => {
    await rm(out(`r.${format}`));
    await run('--resume');
    expect(await readFile(out(`r.${format}`))).toEqual(whole);
  });

  it('refuses a file of other photographs, another order or another choice, and leaves it as it is', async () => {
    await writeFile(out(`r.${format}`), whole);
    for (const given of [
      [...goodPaths().slice(1)],
      [...goodPaths().reverse()],
      [project.path('many'), '--top', '2'],
    ]) {
      const again = await predict(...given, '--format', format, '--out', out(`r.${format}`), '--resume');
      expect([again.status, again.err]).toEqual([2, expect.stringContaining('code: usage/resume-differs')]);
      expect(await readFile(out(`r.${format}`))).toEqual(whole);
    }
  });
});

it('does not put a line where later ones are, and says so', async () => {
  await predict(project.path('many'), '--out', out('late.txt'));
  const before = await readFile(out('late.txt'), 'utf8');
  const bad = await readFile(paths[3]);
  await writeFile(paths[3], await readFile(paths[0]));
  const { status, err } = await predict(project.path('many'), '--out', out('late.txt'), '--resume');
  await writeFile(paths[3], bad);
  expect([status, await readFile(out('late.txt'), 'utf8')]).toEqual([3, before]);
  expect(err).toContain(`${paths[3]} could not be read before the interruption, but can be now`);
});

describe('a file that is there', () => {
  it('stays while no photograph can be used', async () => {
    const before = 'yesterday.jpg: cat 0.912\n';
    const file = await project.write('kept.csv', before);
    for (const given of [[project.path('mnay')], [project.path('mnay'), paths[3]], [project.path('*.gif')]]) {
      const { status } = await predict(...given, '--out', file);
      expect([status, await readFile(file, 'utf8')]).toEqual([3, before]);
    }
    await predict(project.path('mnay'), '--out', out('none.csv'));
    expect(await stat(out('none.csv')).catch(() => undefined)).toBeUndefined();
  });

  it.each(['text', 'jsonl', 'csv'])('is no torn %s where it begins as none of its lines', async (format) => {
    const note = 'A note without a line end';
    const file = await project.write(`note.${format}`, note);
    const { status, err } = await predict(paths[0], '--format', format, '--out', file, '--resume');
    expect([status, err]).toEqual([2, expect.stringContaining('code: usage/resume-differs')]);
    expect(await readFile(file, 'utf8')).toBe(note);
  });
});

it.each([
  ['a table', 'image,dog,cat\nimages/1.jpg,1,0\n', 'tail -n +2 '],
  ['a table with semicolons', 'file;labels\n1.jpg;dog\n', "cut -d';' -f1"],
  ['JSON', '{"classes": ["dog"],\n"images": []}\n', 'score --data'],
])('is told once that %s is no list of paths', async (_name, content, hint) => {
  const { status, out: found, err } = await predict('--from', await project.write('no-list.csv', content));
  expect([status, found]).toEqual([3, '']);
  expect(err).toContain('code: data/not-a-list');
  expect(err).toContain(hint);
  expect(err.match(/error:/g)).toHaveLength(1);
});

describe('what is read', () => {
  const photo = () => readFile(paths[0]);
  it.each<[string, (list: string, own: string) => readonly string[]]>([
    ['the list', (list) => ['--from', list, '--out', list]],
    ['a photograph', (_list, own) => [own, '--out', own]],
    ['the list, of which a link', (list) => ['--from', list, '--out', project.path('link.txt')]],
  ])('is not replaced by what is written: %s', async (_name, given) => {
    const list = await project.write('own-list.txt', `${paths[0]}\n`);
    const own = await project.write('own.png', await photo());
    await rm(project.path('link.txt'), { force: true });
    await symlink(list, project.path('link.txt'));
    const { status, err } = await predict(...given(list, own));
    expect([status, err]).toEqual([2, expect.stringContaining('code: usage/out-is-input')]);
    expect([await readFile(list, 'utf8'), await readFile(own)]).toEqual([`${paths[0]}\n`, await photo()]);
  });

  it('is not replaced by vectors, a list of suggestions or merged shards either', async () => {
    const list = await project.write('vectors.txt', `${paths[0]}\n`);
    const data = project.path('data/train.json');
    const shard = await project.write('shard', '');
    for (const given of [
      ['embed', '--model', project.best, '--from', list, '--out', project.path('vectors.npy')],
      ['suggest', '--model', project.best, '--data', data, '--pool', project.path('many'), '--out', data],
      ['merge', shard, '--out', shard],
    ]) {
      const { status, err } = await polytagEval(...given);
      expect([status, err]).toEqual([2, expect.stringContaining('code: usage/out-is-input')]);
    }
    expect(await readFile(list, 'utf8')).toBe(`${paths[0]}\n`);
    expect(await readFile(data, 'utf8')).toContain('"classes"');
  });

  it('is an error where it is an empty list', async () => {
    const list = await project.write('empty.txt', '\n');
    const { status, err } = await predict('--from', list);
    expect([status, err]).toEqual([3, expect.stringContaining('lists no photographs')]);
  });
});

it('is an error where the file of lines was removed meanwhile', async () => {
  const many = Array.from({ length: 40 }, () => goodPaths()).flat();
  const running = predict(...many, '--out', out('gone/lines.txt'));
  while (!(await stat(out('gone/lines.txt')).catch(() => undefined))) await setTimeout(2);
  await rm(out('gone'), { recursive: true });
  const { status, err } = await running;
  expect([status, err]).toEqual([7, expect.stringContaining('code: file/vanished')]);
});

describe('shards', () => {
  const shard = (i: number, n: number, ...more: string[]) =>
    predict(project.path('many'), '--shard', `${i}/${n}`, '--out', out(`s${i}of${n}`), ...more);
  const merge = (...names: string[]) =>
    polytagEval('merge', ...names.map((name) => out(name)), '--out', out('merged'));

  it.each([
    ['text', 1],
    ['jsonl', 3],
    ['csv', 5],
    ['csv', 14],
  ])('of %s merge to the whole: %i of them', async (format, n) => {
    await predict(project.path('many'), '--format', format, '--out', out('whole'));
    for (let i = 1; i <= n; i++) await shard(i, n, '--format', format);
    const names = Array.from({ length: n }, (_, i) => `s${i + 1}of${n}`).reverse();
    const { status, err } = await merge(...names);
    expect([status, err]).toEqual([
      0,
      expect.stringContaining(
        `10 lines of 12 photographs in ${n === 1 ? '1 shard' : `${n} shards`}; 2 could not`,
      ),
    ]);
    expect(await readFile(out('merged'))).toEqual(await readFile(out('whole')));
  });

  it('merge after a resume as well', async () => {
    await predict(project.path('many'), '--out', out('whole'));
    for (const i of [1, 2]) await shard(i, 2);
    const torn = (await readFile(out('s2of2'))).subarray(0, -5);
    await writeFile(out('s2of2'), torn);
    await shard(2, 2, '--resume');
    // A pattern names what is beside the files too.
    const all = (await readdir(project.path('out'))).filter((name) => /^s.of2/.test(name));
    expect(all).toContain('s2of2.predict.json');
    expect((await merge(...all)).status).toBe(0);
    expect(await readFile(out('merged'))).toEqual(await readFile(out('whole')));
  });

  it('refuses gaps, repeats, other lists, models and options, unfinished shards and changed files', async () => {
    for (const i of [1, 2, 3]) await shard(i, 3);
    await shard(1, 2);
    const refused = async (names: string[], told: string) => {
      const { status, err } = await merge(...names);
      expect([status, err]).toEqual([3, expect.stringContaining(told)]);
    };
    await rm(out('merged'), { force: true });
    await refused(['s1of3', 's3of3'], 'Shard 2/3 is missing.');
    await refused(['s1of3', 's2of3', 's2of3', 's3of3'], 'was given twice: it is shard 2/3.');
    await copyFile(out('s2of3'), out('again'));
    await copyFile(out('s2of3.shard.json'), out('again.shard.json'));
    await refused(['s1of3', 's2of3', 'again', 's3of3'], 'are both shard 2/3.');
    await refused(['s1of3', 's1of2'], 'is one of 2 shards');
    await shard(2, 3, '--top', '1');
    await refused(['s1of3', 's2of3', 's3of3'], 'with other options');
    await shard(2, 3, '--format', 'csv');
    await refused(['s1of3', 's2of3', 's3of3'], 'in another format');
    await predict(...paths, paths[0], '--shard', '2/3', '--out', out('s2of3'));
    await refused(['s1of3', 's2of3', 's3of3'], 'from another list');
    const other = await loadModel(project.best);
    other.thresholds = other.labels.names.map(() => 0.5);
    await saveModel(other, project.path('other'));
    other.dispose();
    const others = ['--model', project.path('other'), '--shard', '2/3', '--out', out('s2of3')];
    await polytagEval('predict', project.path('many'), ...others);
    await refused(['s1of3', 's2of3', 's3of3'], 'from another model');
    await shard(2, 3);
    const content = await readFile(out('s2of3'), 'utf8');
    await writeFile(out('s2of3'), content.slice(content.indexOf('\n') + 1));
    await refused(['s1of3', 's2of3', 's3of3'], 'has fewer lines than when its shard was finished');
    await writeFile(out('s2of3'), content + content);
    await refused(['s1of3', 's2of3', 's3of3'], 'has more lines than when its shard was finished');
    await rm(out('s2of3.shard.json'));
    await refused(['s1of3', 's2of3', 's3of3'], 'is not a finished shard');
    await expect(readFile(out('merged'))).rejects.toMatchObject({ code: 'ENOENT' });
  });
});
