import { existsSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { DataError } from '@polytag/core';
import { readThumbnail, summarise, type LabelledDataset } from '@polytag/datasets';
import { nameToShare, writeFileAtomically } from '@polytag/files';
import { evaluationDetails } from '@polytag/metrics';
import { evaluationReport, shownImages, toHtml, toJson, type Thumbnail } from '@polytag/report';
import type { EvaluatedScores } from '@polytag/evaluation';

/**
 * What `best/` says of the validation images, as `report.html` and `evaluation.json` in the run folder. Written once,
 * when training ends or is stopped, from the scores that chose the weights.
 */
export class RunReport {
  readonly #files: { readonly page: string; readonly figures: string };
  #best?: EvaluatedScores;

  constructor(
    /** The run folder. */
    private readonly folder: string,
    private readonly validation: LabelledDataset,
    private readonly training: LabelledDataset,
  ) {
    this.#files = { page: join(folder, 'report.html'), figures: join(folder, 'evaluation.json') };
  }

  /** Takes the scores of new best weights. A report of those before is removed: a process can die before the end. */
  async take(best: EvaluatedScores): Promise<void> {
    const isFirst = this.#best === undefined;
    this.#best = best;
    if (!isFirst) return;
    for (const file of Object.values(this.#files)) await rm(file, { force: true });
  }

  /** Whether no weights were taken, and those of a process before this one left no whole report. */
  isMissing(): boolean {
    return this.#best === undefined && !Object.values(this.#files).every((file) => existsSync(file));
  }

  /**
   * Writes the report, where weights were taken.
   *
   * @returns where the page is
   */
  async write(): Promise<string | undefined> {
    if (!this.#best) return undefined;
    const { table, evaluation } = this.#best;
    const details = evaluationDetails(table);
    const imageAt = await shownImages(details, this.validation, thumbnailOf);
    const subject = {
      model: nameToShare(join(this.folder, 'best')),
      dataSet: nameToShare(this.validation.source),
      trainingImages: summarise(this.training).labels.map(({ images }) => images),
    };
    const report = evaluationReport(evaluation, subject);
    await writeFileAtomically(this.#files.figures, toJson(report));
    await writeFileAtomically(this.#files.page, toHtml(report, { ...details, imageAt }));
    return this.#files.page;
  }
}

/** None where the file has gone or is damaged since it was scored: a run does not end with an error for that. */
async function thumbnailOf(path: string): Promise<Thumbnail | undefined> {
  try {
    return await readThumbnail(path);
  } catch (error) {
    if (error instanceof DataError) return undefined;
    throw error;
  }
}
