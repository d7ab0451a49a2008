import { availableParallelism, cpus } from 'node:os';
import { counted, memoryText, printable } from '@polytag/core';
import { duration } from '@polytag/cli';
import { describeEngine } from '@polytag/engine';
import type { MultiLabelModel } from '@polytag/model';
import type { RunConfig } from '../config/run-config.js';
import type { DataFacts } from './image-counts.js';
import type { Projection } from './projection.js';
import type { Rehearsal } from './rehearse.js';

export interface DryRunFindings {
  /** What the config is called. */
  readonly source: string;
  readonly config: RunConfig;
  readonly models: readonly MultiLabelModel[];
  readonly facts: DataFacts;
  readonly rehearsal: Rehearsal;
  readonly projection: Projection;
  readonly absentWeights: readonly string[];
  readonly absentMatrices: readonly string[];
}

/** What a dry run has found, a line for each thing. */
export function dryRunTable(findings: DryRunFindings): string {
  const { source } = findings;
  const machine = `${cpus()[0]?.model.trim() ?? 'unknown processor'}, ${availableParallelism()} cores, Node ${process.versions.node}`;
  const all: Row[] = [
    ...models(findings),
    ...data(findings),
    ...costs(findings),
    ...memory(findings),
    ...projections(findings),
  ];
  const rows = all.filter((row) => row.length > 1);
  const width = Math.max(...rows.map(([name]) => name.length));
  return [
    `Dry run of ${printable(source, Infinity)} on ${machine}, engine ${describeEngine()}`,
    ...rows.map(([name, ...texts]) =>
      texts
        .map((text, i) => `  ${(i === 0 ? name : '').padEnd(width)}  ${printable(text, Infinity)}`)
        .join('\n'),
    ),
    '',
  ].join('\n');
}

/** A name, and lines beside it: without any, it is left out. */
type Row = readonly [name: string, ...lines: readonly string[]];

function models({ config, models: built, absentWeights, absentMatrices }: DryRunFindings): Row[] {
  const sections = [config.model, ...config.mutual.models];
  const found = sections.flatMap(({ weights }) => (weights ? [`${weights}: found, and they match`] : []));
  const random = absentWeights.map((file) => `${file}: not found, random weights used instead`);
  return [
    ...built.map((model, i): Row => {
      const { width, height } = model.preprocessing;
      const what = `${model.backbone.name} + ${model.head.name}, ${model.labels.size} labels, ${width} x ${height} pixels`;
      return [
        i === 0 ? 'model' : `auxiliary model ${i}`,
        `${what}, ${millions(model.summarise().parameters)} weights`,
      ];
    }),
    ['initial weights', ...(found.length + absentWeights.length === 0 ? ['random'] : [...found, ...random])],
    ['label graph', ...absentMatrices.map((what) => `${what}: not found, zeros used instead`)],
  ];
}

function data({ config, facts, rehearsal, projection }: DryRunFindings): Row[] {
  const { counts, source } = facts;
  const { replicas, microBatch } = rehearsal;
  const { batchSize, steps } = projection;
  const validation =
    config.data.val === null
      ? 'none for validation'
      : counts.validation === undefined
        ? 'an unknown number for validation (--val-images)'
        : `${count(counts.validation)} for validation`;
  const threads = replicas === 1 ? '' : `, split among ${replicas} replicas`;
  const held = Math.min(microBatch, Math.ceil(batchSize / replicas));
  return [
    ['images', `${count(counts.train)} for training, ${validation} (${source})`],
    ['batch', `${batchSize} images${threads}, ${held} at once; ${count(steps)} per epoch`],
  ];
}

function costs({ config, rehearsal, projection }: DryRunFindings): Row[] {
  const { measuredImages, trainImage, evaluateImage, checkpoint, checkpointBytes } = rehearsal;
  const { batchSize, step } = projection;
  const passes = config.training.sam ? ', two passes each (SAM)' : '';
  const measured = measuredImages < batchSize ? `, measured on ${measuredImages}` : '';
  return [
    ['training', `${seconds(step)} per step${measured}, ${rate(trainImage)}${passes}`],
    ['evaluation', ...(evaluateImage === undefined ? [] : [rate(evaluateImage)])],
    ['checkpoint', `${memoryText(checkpointBytes)}, written in ${seconds(checkpoint)}`],
  ];
}

function memory({ config, rehearsal }: DryRunFindings): Row[] {
  const { heapBytes, processBytes, replicas } = rehearsal;
  const whose = replicas === 1 ? '' : ' for the first replica, the largest';
  const heap = `${memoryText(heapBytes)}${whose}; training.maxHeap is ${config.training.maxHeap}`;
  return [
    ['heap', ...(heapBytes === 0 ? [] : [heap])],
    ['process', `${memoryText(processBytes)} at most`],
  ];
}

function projections({ config, rehearsal, projection, facts }: DryRunFindings): Row[] {
  const { epochs, ema, findLearningRate, freezeEpochs } = config.training;
  const { epoch, run } = projection;
  const evaluated = facts.counts.validation !== undefined && rehearsal.evaluateImage !== undefined;
  const evaluation = `evaluation ${time(epoch.evaluate)}${ema ? ' (weights and average)' : ''}`;
  const left = [
    config.training.features ? 'computing features (once)' : 'decoding, if slower than training',
    ...(evaluated || config.data.val === null ? [] : ['evaluation']),
    ...(findLearningRate ? ['learning rate search'] : []),
  ];
  return [
    ['an epoch', [`training ${time(epoch.train)}`, ...(evaluated ? [evaluation] : [])].join(', ')],
    ['the run', `${time(run)} for ${epochs} ${epochs === 1 ? 'epoch' : 'epochs'}`],
    ['not counted', left.join('; ')],
    [
      'frozen',
      ...(freezeEpochs > 0
        ? [
            `nothing here; ${counted(freezeEpochs, 'epoch')} with a frozen backbone ${freezeEpochs === 1 ? 'is' : 'are'} faster`,
          ]
        : []),
    ],
  ];
}

const DAY = 24 * 60 * 60;

/** From two days on in days, below a minute in seconds. */
function time(value: number): string {
  if (value < 60) return seconds(value);
  return value < 2 * DAY ? duration(value) : `${(value / DAY).toFixed(1)} days`;
}

const seconds = (value: number): string => `${Number(value.toPrecision(3))} s`;
const rate = (secondsAnImage: number): string => `${Number((1 / secondsAnImage).toPrecision(3))} images/s`;
const millions = (weights: number): string => `${(weights / 1e6).toFixed(2)} million`;
const count = (value: number): string => value.toLocaleString('en-US');
