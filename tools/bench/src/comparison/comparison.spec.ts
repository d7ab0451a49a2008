import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { Work } from '../side/work.js';
import { parseMeasurement, measuredLine } from './measured-line.js';
import { peerArguments, peerScript } from './peer.js';
import { summarise } from './summary.js';

describe('the line that a side ends with', () => {
  const torch =
    'torch mobilenet_v3_large train channels_last threads=1 batch=16 size=224: 61.25 ms/image, 16.3 images/s';

  it('gives the figures of the peer, whatever it has printed before', () => {
    const text = `UserWarning: old: 9 ms/image\n${torch}\n`;
    expect(parseMeasurement(text)).toEqual({ msPerImage: 61.25, imagesPerSecond: 16.3 });
  });

  it('is the last of several, with any line ends', () => {
    const text = 'a: 1 ms/image, 1000 images/s\r\nb: 2 ms/image, 500 images/s\r\n\r\n';
    expect(parseMeasurement(text)?.msPerImage).toBe(2);
  });

  it.each(['', 'done', `${torch} and more`, 'x: nan ms/image, nan images/s', 'x: 0.00 ms/image, 5 images/s'])(
    'is not there in %j',
    (text) => expect(parseMeasurement(text)).toBeUndefined(),
  );

  it('is written as it is read', () => {
    const line = measuredLine('polytag train', 800, 16);
    expect(line).toBe('polytag train: 50.00 ms/image, 20.0 images/s');
    expect(parseMeasurement(line)).toEqual({ msPerImage: 50, imagesPerSecond: 20 });
  });
});

describe('a summary', () => {
  const rounds = [
    { ours: 50, theirs: 60 },
    { ours: 40, theirs: 100 },
    { ours: 80, theirs: 40 },
  ];

  it('has the medians of both sides and their ratio, above 1 where ours is faster', () => {
    expect(summarise(rounds)).toMatchObject({ oursMsPerImage: 50, theirsMsPerImage: 60, ratio: 1.2 });
  });

  it('has the range of the ratios of single rounds', () => {
    expect(summarise(rounds).ratioRange).toEqual([0.5, 2.5]);
  });
});

describe('the peer', () => {
  const work: Work = {
    model: 'mobilenet-v3-large',
    mode: 'eval',
    batch: 4,
    size: 96,
    steps: 3,
    labels: 20,
  };
  const peer = { python: 'python3', script: 'x.py', threads: 2, channelsLast: false };

  it('is called with model, mode, threads, batch, size and steps', () => {
    const plain = ['mobilenet_v3_large', 'eval', '2', '4', '96', '3'];
    expect(peerArguments(work, peer)).toEqual(plain);
    expect(peerArguments(work, { ...peer, channelsLast: true })).toEqual([...plain, 'channels_last']);
  });

  it('is the script given, else that of the repository, else an error that says what to do', () => {
    const here = fileURLToPath(import.meta.url);
    const missing = `${here}.missing`;
    expect(existsSync(missing)).toBe(false);
    expect(peerScript('torch', here)).toBe(here);
    expect(readFileSync(peerScript('torch'), 'utf8')).toContain('import torch');
    expect(() => peerScript('torch', missing)).toThrow(missing);
    expect(() => peerScript('torch', missing)).toThrow(
      expect.objectContaining({ code: 'usage/peer', hint: expect.stringContaining('--peer PATH') }),
    );
  });
});
