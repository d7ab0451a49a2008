import type { MultiLabelModel } from '@polytag/model';

/** A network's parts with their output, weights and multiply-adds, as lines of text; the last one is the sum. */
export function networkTable(title: string, summary: ReturnType<MultiLabelModel['summarise']>): string {
  const count = (value: number) => value.toLocaleString('en-US');
  const cells = [
    ['part', 'output', 'weights', 'multiply-adds'],
    ...summary.rows.map(({ name, output, parameters, multiplyAdds }) => [
      name,
      output.slice(1).join(' x '),
      count(parameters),
      count(multiplyAdds),
    ]),
    ['all', '', count(summary.parameters), count(summary.multiplyAdds)],
  ];
  const widths = cells[0].map((_, column) => Math.max(...cells.map((row) => row[column].length)));
  const lines = cells.map((row) =>
    row
      .map((cell, column) => (column === 0 ? cell.padEnd(widths[0]) : cell.padStart(widths[column])))
      .join('  '),
  );
  return [`${title}; multiply-adds of one image`, ...lines.map((line) => `  ${line}`), ''].join('\n');
}
