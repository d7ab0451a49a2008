import type { MultiLabelModel } from '@polytag/model';
import { alignedRows } from './aligned-rows.js';

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
  const lines = alignedRows(cells, (column) => (column === 0 ? 'left' : 'right'));
  return [`${title}; multiply-adds per image`, ...lines.map((line) => `  ${line}`), ''].join('\n');
}
