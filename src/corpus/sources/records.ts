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

/** Reads the records of one file, batch by batch, into documents. What cannot be used is reported and the rest goes on. */
export function recordReader(
  { file, kind }: RecordFile,
  parse: ParseRecord,
  onProblem: (problem: Problem) => void,
): (records: readonly ByteRecord[]) => Document[] {
  const lines = new Map<string, number>();

  return (records) =>
    records.flatMap(({ start, end, line, bytes, fault }) => {
      const leaveOut = ({ severity, code, message }: Finding, below = 0): [] => {
        onProblem({ file, line: line + below + 1, severity, code, message });
        return [];
      };
      if (fault !== undefined) return leaveOut(notCsv(fault));
      if (bytes === undefined) return leaveOut(tooLong);
      const source = decodeUtf8(bytes);
      if (source === undefined) return leaveOut(notUtf8, invalidUtf8Line(bytes));
      const parsed = parse(source);
      if (parsed === undefined) return [];
      if ('finding' in parsed) return leaveOut(parsed.finding);

      const { record } = parsed;
      if (record.warning !== undefined) onProblem({ file, line: line + 1, ...record.warning });
      const document = recordDocument({ file, kind }, { start, end, line }, source, record);
      if (document.text.trim() === '') return leaveOut(emptyRecord);
      const earlier = lines.get(document.ref.id);
      if (earlier !== undefined) return leaveOut(duplicate(record.id, earlier));
      lines.set(document.ref.id, line + 1);
      return document;
    });
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
