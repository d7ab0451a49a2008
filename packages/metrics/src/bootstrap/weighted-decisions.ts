import type { DecisionCounts } from '../predictions/decision-counts.js';
import { precisionRecallOf } from '../predictions/precision-recall.js';
import type { Predictions } from '../predictions/predictions.js';
import { judgement, type ScoreTable } from '../scores/score-table.js';

/** The summary of decisions in an evaluation; fractions. */
export interface DecisionFigures {
  readonly CP: number;
  readonly CR: number;
  readonly CF1: number;
  readonly OP: number;
  readonly OR: number;
  readonly OF1: number;
}

/** One class's judged images that are predicted or positive; all others count in no figure. */
interface ClassDecisions {
  readonly hits: Uint32Array;
  /** Predicted, and absent. */
  readonly wrong: Uint32Array;
  /** Not predicted, and present. */
  readonly missed: Uint32Array;
}

/** Precision, recall and F1 of some predictions when each image counts several times, or not at all. */
export class WeightedDecisions {
  readonly #classes: readonly ClassDecisions[];
  readonly #counts: DecisionCounts;

  constructor(table: ScoreTable, predictions: Predictions) {
    this.#classes = Array.from({ length: table.classes }, (_, k) => decisionsOf(table, predictions, k));
    const perClass = () => new Float64Array(table.classes);
    this.#counts = { hits: perClass(), predicted: perClass(), positives: perClass() };
  }

  /** @param weights [N] whole numbers; the figures are those of `precisionRecall`, to the bit */
  of(weights: ArrayLike<number>): DecisionFigures {
    const { hits, predicted, positives } = this.#counts;
    for (const [k, lists] of this.#classes.entries()) {
      hits[k] = weightOf(lists.hits, weights);
      predicted[k] = hits[k] + weightOf(lists.wrong, weights);
      positives[k] = hits[k] + weightOf(lists.missed, weights);
    }
    const { CP, CR, CF1, OP, OR, OF1 } = precisionRecallOf(this.#counts);
    return { CP, CR, CF1, OP, OR, OF1 };
  }
}

function decisionsOf(
  { targets, images, classes }: ScoreTable,
  predictions: Predictions,
  k: number,
): ClassDecisions {
  const [hits, wrong, missed]: number[][] = [[], [], []];
  for (let image = 0, element = k; image < images; image++, element += classes) {
    const truth = judgement(targets[element]);
    if (truth < 0) continue;
    if (predictions[element]) (truth ? hits : wrong).push(image);
    else if (truth) missed.push(image);
  }
  return { hits: Uint32Array.from(hits), wrong: Uint32Array.from(wrong), missed: Uint32Array.from(missed) };
}

function weightOf(images: Uint32Array, weights: ArrayLike<number>): number {
  let sum = 0;
  for (let i = 0; i < images.length; i++) sum += weights[images[i]];
  return sum;
}
