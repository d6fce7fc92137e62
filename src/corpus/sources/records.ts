import { createHash } from 'node:crypto';
import { decodeUtf8, invalidUtf8Line, LONGEST_RECORD } from '../decode.js';
import { recordMap, withLineFeeds, type Placement } from '../source-map.js';
import type { Document, DocumentRef, Problem, Severity } from '../types.js';
import type { ByteRecord } from './byte-records.js';

/** The file that records are read from. */
export interface RecordFile {
  /** Workspace-relative POSIX path. */
  readonly file: string;
  readonly kind: 'jsonl' | 'csv';
}

/** What a format finds in the source of one record. */
export interface ParsedRecord {
  /** The text field's value, with its own line ends. */
  readonly text: string;
  /** The id field's value; undefined where there is none. */
  readonly id: string | undefined;
  /** Where the text stands in the record's source. */
  readonly place: () => Omit<Placement, 'source' | 'line'>;
  /** What a person should know although the record can be used. */
  readonly warning?: Finding;
}

/** Something to report at a record, before file and line are known. */
export interface Finding {
  readonly severity: Severity;
  readonly code: string;
  readonly message: string;
}

/** Reads the decoded source of one record: the record, or why there is none. Undefined for a blank line. */
export type ParseRecord = (source: string) => { record: ParsedRecord } | { finding: Finding } | undefined;

/** The documents of a file's records, in order. Whatever cannot be used is reported and the rest goes on. */
export async function* recordDocuments(
  { file, kind }: RecordFile,
  records: AsyncIterable<ByteRecord>,
  parse: ParseRecord,
  onProblem: (problem: Problem) => void,
): AsyncGenerator<Document> {
  const lines = new Map<string, number>();
  for await (const { start, end, line, bytes, fault } of records) {
    const report = ({ severity, code, message }: Finding, below = 0): void =>
      onProblem({ file, line: line + below + 1, severity, code, message });

    if (fault !== undefined) {
      report(notCsv(fault));
      continue;
    }
    if (bytes === undefined) {
      report(tooLong);
      continue;
    }
    const source = decodeUtf8(bytes);
    if (source === undefined) {
      report(notUtf8, invalidUtf8Line(bytes));
      continue;
    }
    const parsed = parse(source);
    if (parsed === undefined) continue;
    if ('finding' in parsed) {
      report(parsed.finding);
      continue;
    }
    const { record } = parsed;
    if (record.warning !== undefined) report(record.warning);
    const document = recordDocument({ file, kind }, { start, end, line }, source, record);
    if (document.text.trim() === '') {
      report(emptyRecord);
      continue;
    }
    const earlier = lines.get(document.ref.id);
    if (earlier !== undefined) {
      report(duplicate(record.id, earlier));
      continue;
    }
    lines.set(document.ref.id, line + 1);
    yield document;
  }
}

/** The document of one record. `line` is zero-based; `start` and `end` are the record's bytes in the file. */
export function recordDocument(
  { file, kind }: RecordFile,
  { start, end, line }: Pick<ByteRecord, 'start' | 'end' | 'line'>,
  source: string,
  record: ParsedRecord,
): Document {
  const text = withLineFeeds(record.text);
  const ref: DocumentRef = {
    id: `${file}#${record.id ?? hashId(text)}`,
    file,
    kind,
    start,
    end,
    line: line + 1,
  };
  return { ref, text, map: recordMap(text, () => ({ source, line, ...record.place() })) };
}

/** The id of a record without an id field: the first 12 hex digits of SHA-256 over its text. */
function hashId(text: string): string {
  return createHash('sha256').update(text, 'utf8').digest('hex').slice(0, 12);
}

export const notUtf8: Finding = {
  severity: 'error',
  code: 'invalid-utf8',
  message: 'This is not valid UTF-8, so it is left out. Save the file with the encoding UTF-8.',
};

const tooLong: Finding = {
  severity: 'error',
  code: 'line-too-long',
  message: `This record is longer than ${LONGEST_RECORD / 1024 / 1024} MiB, so it is left out. Split its text into several records.`,
};

const emptyRecord: Finding = {
  severity: 'information',
  code: 'empty-record',
  message: 'The text of this record is empty, so there is nothing to label.',
};

export function notCsv(fault: string): Finding {
  return {
    severity: 'error',
    code: 'not-csv',
    message: `In this record ${fault}, so it is left out. Enclose the field in quotes and double each quote inside it.`,
  };
}

function duplicate(id: string | undefined, line: number): Finding {
  return {
    severity: 'warning',
    code: 'duplicate-id',
    message:
      id === undefined
        ? `The same text stands in line ${line} already, so this record is left out. Give the records ids ("id" in marginalia.json) to keep both.`
        : `The id "${id}" was given in line ${line} already, so this record is left out. Give it an id of its own.`,
  };
}
