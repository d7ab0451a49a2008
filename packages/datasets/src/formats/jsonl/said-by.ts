import { valueOf, meaningOf, type Row } from './fields.js';
import { valueError, type JsonlTable, type PlacedRow } from './jsonl-table.js';
import { labelsIn, type LabelsInOptions, type SaidLabels } from './labels-in.js';

/**
 * The labels of a row; undefined if they are null.
 *
 * @throws DataError `data/label-file-format`, with the place
 */
export function saidBy(
  { object, at }: PlacedRow,
  { source, fields }: JsonlTable,
  options: LabelsInOptions,
): SaidLabels | undefined {
  const { labelsField, unknownField, absentField, flagFields } = fields;
  const listIn = (field: string | undefined): readonly string[] => {
    const value = field === undefined ? undefined : valueOf(object, field);
    if (value === undefined || value === null) return [];
    const found = labelsIn(value, options);
    if (typeof found === 'string') throw valueError(`${source}, ${at}`, field!, found);
    return found.present;
  };
  const [unknown, absent] = [listIn(unknownField), listIn(absentField)];
  let said: SaidLabels = { present: [], unknown: [], absent: [] };
  if (labelsField === undefined) {
    const meaning = (is: 'present' | 'unknown' | 'absent') =>
      flagFields.filter((field) => meaningOf(valueOf(object, field)) === is);
    said = { present: meaning('present'), unknown: meaning('unknown'), absent: meaning('absent') };
  } else {
    const value = valueOf(object, labelsField);
    if (value === undefined || value === null) {
      if (unknown.length === 0 && absent.length === 0) return undefined;
    } else {
      const nameOf = mapOfSageMaker(object, labelsField) ?? options.nameOf;
      const found = labelsIn(value, { ...options, nameOf });
      if (typeof found === 'string') throw valueError(`${source}, ${at}`, labelsField, found);
      said = found;
    }
  }
  return {
    present: said.present,
    unknown: [...said.unknown, ...unknown],
    absent: [...said.absent, ...absent],
  };
}

/** Names of labels by number, as SageMaker Ground Truth writes them beside the labels. */
function mapOfSageMaker(object: Row, field: string): ((index: number) => string) | undefined {
  const names = valueOf(object, `${field}-metadata.class-map`);
  if (typeof names !== 'object' || names === null) return undefined;
  return (index) => {
    const name: unknown = Object.hasOwn(names, String(index)) ? (names as Row)[String(index)] : undefined;
    return typeof name === 'string' ? name : String(index);
  };
}
