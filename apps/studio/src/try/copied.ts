/** What is predicted of a photograph, best first. */
export interface Row {
  readonly image: string;
  /** Name of the model, where there are two. */
  readonly model?: string;
  readonly labels: readonly { readonly label: string; readonly score: number }[];
}

export const asJson = (rows: readonly Row[]): string => `${JSON.stringify(rows, null, 2)}\n`;

/** A cell that no spreadsheet takes for a formula. */
function cell(text: string): string {
  const safe = /^[=+\-@\t\r]/.test(text) ? `'${text}` : text;
  return /[",\n\r]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}

export function asCsv(rows: readonly Row[]): string {
  const hasModel = rows.some(({ model }) => model !== undefined);
  return [
    hasModel ? 'image,model,label,score' : 'image,label,score',
    ...rows.flatMap(({ image, model, labels }) =>
      labels.map(({ label, score }) =>
        [cell(image), ...(hasModel ? [cell(model!)] : []), cell(label), score].join(),
      ),
    ),
    '',
  ].join('\n');
}
