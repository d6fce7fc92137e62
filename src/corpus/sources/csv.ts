import type { Placement, Respelling } from '../source-map.js';
import type { Range, SourceRule } from '../types.js';
import type { Finding, ParseRecord } from './records.js';

/** The column that holds the text where the project file names none. */
const DEFAULT_TEXT = 'text';

export type Delimiter = ',' | '\t';

/** `.tsv` files are separated by tabs, all others by commas. */
export function delimiterOf(file: string): Delimiter {
  return /\.tsv$/i.test(file) ? '\t' : ',';
}

export interface CsvHeader {
  /** Reads the records below the header; undefined where the text column is missing. */
  readonly parse: ParseRecord | undefined;
  readonly findings: readonly Finding[];
}

/** Reads the header row, which names the columns. */
export function csvHeader(source: string, rule: SourceRule, delimiter: Delimiter): CsvHeader {
  const names = fieldsOf(source, delimiter).map((field) => valueOf(source, field));
  const textColumn = rule.text ?? DEFAULT_TEXT;
  const text = names.indexOf(textColumn);
  const id = rule.id === undefined ? undefined : names.indexOf(rule.id);
  const findings: Finding[] = [];
  if (text < 0) findings.push(columnMissing('text', textColumn, names));
  if (rule.id !== undefined && id === -1) findings.push(columnMissing('id', rule.id, names));
  return {
    parse: text < 0 ? undefined : csvParser(names.length, text, id === -1 ? undefined : id, textColumn, delimiter),
    findings,
  };
}

function csvParser(
  columns: number,
  text: number,
  id: number | undefined,
  textColumn: string,
  delimiter: Delimiter,
): ParseRecord {
  return (source) => {
    if (source.trim() === '') return undefined;
    const fields = fieldsOf(source, delimiter);
    const field = fields[text];
    if (field === undefined) return { finding: withoutText(textColumn) };
    const idField = id === undefined ? undefined : fields[id];
    const idValue = idField === undefined ? '' : valueOf(source, idField);
    return {
      record: {
        text: valueOf(source, field),
        id: idValue === '' ? undefined : copyOf(idValue),
        place: () => placeOf(source, field),
        ...(fields.length === columns ? {} : { warning: columnCount(fields.length, columns) }),
      },
    };
  };
}

interface Field extends Range {
  readonly quoted: boolean;
}

/** The fields of one record whose quotes are known to be balanced: content only, in UTF-16. */
function fieldsOf(source: string, delimiter: Delimiter): Field[] {
  const fields: Field[] = [];
  for (let start = 0; start <= source.length;) {
    const quoted = source[start] === '"';
    let end: number;
    if (quoted) {
      end = start + 1;
      while (source[end] !== '"' || source[end + 1] === '"') end += source[end] === '"' ? 2 : 1;
      fields.push({ start: start + 1, end, quoted });
      end++;
    } else {
      const next = source.indexOf(delimiter, start);
      end = next < 0 ? source.length : next;
      fields.push({ start, end, quoted });
    }
    start = end + 1;
  }
  return fields;
}

function valueOf(source: string, { start, end, quoted }: Field): string {
  const content = source.slice(start, end);
  return quoted ? content.replaceAll('""', '"') : content;
}

/** V8 cuts a string as a view that keeps the whole in memory; ids outlive their records, so they are copied. */
function copyOf(text: string): string {
  return Buffer.from(text, 'utf8').toString('utf8');
}

function placeOf(source: string, { start, end, quoted }: Field): Omit<Placement, 'source' | 'line'> {
  const respellings: Respelling[] = [];
  if (quoted) {
    // Source units minus text units, up to here.
    let surplus = 0;
    for (const { index, 0: spelling } of source.slice(start, end).matchAll(/""|\r\n/g)) {
      respellings.push({ text: index - surplus, source: start + index, length: spelling.length });
      surplus += spelling.length - 1;
    }
  }
  return { value: { start, end }, respellings };
}

function columnMissing(role: 'text' | 'id', name: string, names: readonly string[]): Finding {
  const consequence = role === 'text' ? 'the file is left out' : 'its records are named by their text';
  return {
    severity: role === 'text' ? 'error' : 'warning',
    code: 'column-missing',
    message: `There is no column "${name}", so ${consequence}. Set "${role}" in marginalia.json to one of: ${names.slice(0, 20).join(', ')}.`,
  };
}

function withoutText(column: string): Finding {
  return {
    severity: 'warning',
    code: 'record-without-text',
    message: `This record ends before the column "${column}", so it is left out.`,
  };
}

function columnCount(found: number, columns: number): Finding {
  return {
    severity: 'warning',
    code: 'column-count',
    message: `This record has ${found} fields, but the header has ${columns}. A field that holds the delimiter must be enclosed in quotes.`,
  };
}
