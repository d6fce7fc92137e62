import { open, readFile, stat, type FileHandle } from 'node:fs/promises';
import path from 'node:path';
import {
  byteOrderMarkLength,
  decodeUtf8,
  invalidUtf8Line,
  isBinary,
  LARGE_RECORD_FILE,
  LARGEST_TEXT_FILE,
  unreadable,
} from './decode.js';
import { corpusFiles, kindOf, ruleFor, type ScanOptions } from './files.js';
import { withLineFeeds } from './source-map.js';
import {
  byteRecords,
  csvSplitter,
  lineSplitter,
  readRecordBytes,
  type ByteRecord,
  type ByteSource,
  type Splitter,
} from './sources/byte-records.js';
import { csvHeader, delimiterOf, type CsvHeader } from './sources/csv.js';
import { jsonParser } from './sources/jsonl.js';
import {
  notCsv,
  notUtf8,
  recordDocument,
  recordReader,
  type Finding,
  type ParseRecord,
  type RecordFile,
} from './sources/records.js';
import { textDocument } from './sources/text.js';
import type { CorpusConfig, Document, DocumentRef, Problem, SourceRule } from './types.js';

export { corpusFiles, kindOf, ruleFor, type CorpusFiles, type ScanOptions } from './files.js';

type Report = (problem: Problem) => void;

/** Problems of one kind that are reported one by one in a file; the rest is counted. */
const REPORTED_EACH = 20;

/** Bytes that are looked at to tell whether a record file is text. */
const PEEK = 8192;

/**
 * The documents of the corpus, file by file in the order of their paths and record by record. Record files stream.
 * Whatever cannot be read is reported and the rest goes on. Throws the signal's reason when aborted.
 */
export async function* scanCorpus(
  folder: string,
  config: CorpusConfig,
  options: ScanOptions = {},
): AsyncGenerator<Document> {
  const { files } = await corpusFiles(folder, config, options);
  for (const file of files) {
    for await (const batch of batchesOf(folder, file, config, options)) yield* batch;
  }
}

/**
 * The documents of one file of the corpus, as the project file's first matching rule reads it. None where no rule
 * matches or the file is gone.
 */
export async function* scanFile(
  folder: string,
  file: string,
  config: CorpusConfig,
  onProblem?: Report,
  signal?: AbortSignal,
): AsyncGenerator<Document> {
  for await (const batch of batchesOf(folder, file, config, { onProblem, signal })) yield* batch;
}

/** Documents come in batches inside this file: a step of an asynchronous generator costs more than reading a record. */
async function* batchesOf(
  folder: string,
  file: string,
  config: CorpusConfig,
  { onProblem = () => undefined, signal }: ScanOptions,
): AsyncGenerator<readonly Document[]> {
  signal?.throwIfAborted();
  const rule = ruleFor(file, config);
  if (rule === undefined) return;
  const kind = kindOf(file);
  const problems = limited(onProblem);
  try {
    if (kind === 'jsonl' || kind === 'csv') {
      yield* scanRecords(folder, { file, kind }, rule, problems.report, signal);
    } else {
      const document = await readTextFile(folder, file, kind, problems.report);
      if (document !== undefined) yield [document];
    }
  } catch (error) {
    if (signal?.aborted === true || !isSystemError(error)) throw error;
    if (error.code !== 'ENOENT') onProblem(unreadable(file, error));
  } finally {
    problems.end();
  }
}

/**
 * The documents of a file's text as an editor holds it, saved or not: as `scanFile` reads them once it is saved as
 * UTF-8. `text` keeps its own line ends; where records begin and end in bytes is only right as long as they are saved so.
 */
export async function* scanText(file: string, text: string, config: CorpusConfig): AsyncGenerator<Document> {
  const rule = ruleFor(file, config);
  if (rule === undefined) return;
  const kind = kindOf(file);
  if (kind === 'jsonl' || kind === 'csv') {
    for await (const batch of records(bytesOf(text), { file, kind }, rule, () => undefined)) yield* batch;
  } else if (text.trim() !== '') {
    const end = Buffer.byteLength(text);
    yield textDocument({ id: file, file, kind, start: 0, end, line: 1 }, withLineFeeds(text));
  }
}

/** Where the documents of one file are, without keeping their texts. */
export async function documentsOf(folder: string, file: string, config: CorpusConfig): Promise<DocumentRef[]> {
  const refs: DocumentRef[] = [];
  for await (const { ref } of scanFile(folder, file, config)) refs.push(ref);
  return refs;
}

/**
 * Reads one document again, a record without the rest of its file. Undefined where the file no longer holds that
 * document at those bytes, or can no longer be read: scan the file again.
 */
export async function loadDocument(
  folder: string,
  config: CorpusConfig,
  ref: DocumentRef,
): Promise<Document | undefined> {
  const rule = ruleFor(ref.file, config);
  if (rule === undefined || kindOf(ref.file) !== ref.kind) return undefined;
  try {
    if (ref.kind === 'text' || ref.kind === 'markdown') {
      return await readTextFile(folder, ref.file, ref.kind, () => undefined);
    }
    return await withFile(folder, ref.file, (handle) => loadRecord(handle, rule, ref));
  } catch (error) {
    if (isSystemError(error)) return undefined;
    throw error;
  }
}

async function readTextFile(
  folder: string,
  file: string,
  kind: 'text' | 'markdown',
  onProblem: Report,
): Promise<Document | undefined> {
  const leftOut = (finding: Finding, line = 1): Document | undefined => {
    onProblem({ file, line, ...finding });
    return undefined;
  };
  const absolute = path.join(folder, file);
  const { size } = await stat(absolute);
  if (size > LARGEST_TEXT_FILE) return leftOut(tooLarge(size));
  const bytes = await readFile(absolute);
  if (isBinary(bytes)) return leftOut(binary(bytes));
  const content = bytes.subarray(byteOrderMarkLength(bytes));
  const text = decodeUtf8(content);
  if (text === undefined) return leftOut(notUtf8, invalidUtf8Line(content) + 1);
  if (text.trim() === '') return leftOut(emptyFile);
  return textDocument({ id: file, file, kind, start: 0, end: bytes.length, line: 1 }, withLineFeeds(text));
}

async function* scanRecords(
  folder: string,
  source: RecordFile,
  rule: SourceRule,
  onProblem: Report,
  signal: AbortSignal | undefined,
): AsyncGenerator<readonly Document[]> {
  const report = (finding: Finding): void => onProblem({ file: source.file, line: 1, ...finding });
  const handle = await open(path.join(folder, source.file), 'r');
  try {
    const { size } = await handle.stat();
    if (size > LARGE_RECORD_FILE) report(large(size));
    const head = await peek(handle);
    const unusable = isBinary(head) ? binary(head) : size === byteOrderMarkLength(head) ? emptyFile : undefined;
    if (unusable !== undefined) {
      report(unusable);
      return;
    }

    yield* records(handle, source, rule, onProblem, signal);
  } finally {
    await handle.close();
  }
}

async function* records(
  bytes: ByteSource,
  source: RecordFile,
  rule: SourceRule,
  onProblem: Report,
  signal?: AbortSignal,
): AsyncGenerator<readonly Document[]> {
  let read = source.kind === 'jsonl' ? recordReader(source, jsonParser(rule), onProblem) : undefined;
  for await (const batch of byteRecords(bytes, splitterOf(source), signal)) {
    if (read !== undefined) {
      yield read(batch);
      continue;
    }
    const [first, ...others] = batch;
    if (first === undefined) continue;
    const { parse, findings } = readHeader(source.file, first, rule);
    for (const finding of findings) onProblem({ file: source.file, line: 1, ...finding });
    if (parse === undefined) return;
    read = recordReader(source, parse, onProblem);
    yield read(others);
  }
}

/** A text's UTF-8, to be read as a file is. */
function bytesOf(text: string): ByteSource {
  const bytes = Buffer.from(text);
  return {
    read: (buffer, offset, length, position) =>
      Promise.resolve({ bytesRead: bytes.copy(buffer, offset, position, position + length) }),
  };
}

async function loadRecord(handle: FileHandle, rule: SourceRule, ref: DocumentRef): Promise<Document | undefined> {
  const { file, kind } = ref;
  if (kind !== 'jsonl' && kind !== 'csv') return undefined;
  const bytes = await readRecordBytes(handle, ref.start, ref.end);
  const source = bytes === undefined ? undefined : decodeUtf8(bytes);
  if (bytes === undefined || source === undefined) return undefined;

  let parse: ParseRecord | undefined;
  if (kind === 'jsonl') {
    parse = jsonParser(rule);
  } else {
    const splitter = csvSplitter(delimiterOf(file));
    splitter.begin();
    if (splitter.find(bytes, 0) >= 0 || splitter.fault() !== undefined) return undefined;
    const header = await firstRecord(handle, file);
    parse = header === undefined ? undefined : readHeader(file, header, rule).parse;
  }
  const parsed = parse?.(source);
  if (parsed === undefined || 'finding' in parsed) return undefined;
  const document = recordDocument(
    { file, kind },
    { start: ref.start, end: ref.end, line: ref.line - 1 },
    source,
    parsed.record,
  );
  return document.ref.id === ref.id ? document : undefined;
}

async function firstRecord(handle: FileHandle, file: string): Promise<ByteRecord | undefined> {
  for await (const batch of byteRecords(handle, csvSplitter(delimiterOf(file)))) return batch[0];
  return undefined;
}

function splitterOf({ file, kind }: RecordFile): Splitter {
  return kind === 'jsonl' ? lineSplitter() : csvSplitter(delimiterOf(file));
}

function readHeader(file: string, { bytes, fault }: ByteRecord, rule: SourceRule): CsvHeader {
  const source = bytes === undefined ? undefined : decodeUtf8(bytes);
  if (fault !== undefined) return { parse: undefined, findings: [notCsv(fault)] };
  if (source === undefined) return { parse: undefined, findings: [notUtf8] };
  return csvHeader(source, rule, delimiterOf(file));
}

async function peek(handle: FileHandle): Promise<Buffer> {
  const { buffer, bytesRead } = await handle.read(Buffer.alloc(PEEK), 0, PEEK, 0);
  return buffer.subarray(0, bytesRead);
}

async function withFile<T>(folder: string, file: string, use: (handle: FileHandle) => Promise<T>): Promise<T> {
  const handle = await open(path.join(folder, file), 'r');
  try {
    return await use(handle);
  } finally {
    await handle.close();
  }
}

/** Passes on the first problems of each kind and says at the end how many more there were. */
function limited(onProblem: Report): { report: Report; end: () => void } {
  const counts = new Map<string, number>();
  const firstLeftOut = new Map<string, Problem>();
  return {
    report: (problem) => {
      const count = (counts.get(problem.code) ?? 0) + 1;
      counts.set(problem.code, count);
      if (count <= REPORTED_EACH) onProblem(problem);
      else if (!firstLeftOut.has(problem.code)) firstLeftOut.set(problem.code, problem);
    },
    end: () => {
      for (const [code, problem] of firstLeftOut) {
        const more = counts.get(code)! - REPORTED_EACH;
        onProblem({
          ...problem,
          message: `${problem.message} (From here on ${more} such records, not listed one by one.)`,
        });
      }
    },
  };
}

function isSystemError(error: unknown): error is NodeJS.ErrnoException {
  return error instanceof Error && 'code' in error && 'syscall' in error;
}

function megabytes(size: number): string {
  return `${Math.round(size / 1_000_000)} MB`;
}

const emptyFile: Finding = {
  severity: 'information',
  code: 'empty-file',
  message: 'This file is empty, so there is nothing to label.',
};

function binary(bytes: Uint8Array): Finding {
  const utf16 = (bytes[0] === 0xff && bytes[1] === 0xfe) || (bytes[0] === 0xfe && bytes[1] === 0xff);
  return {
    severity: 'error',
    code: 'binary-file',
    message: utf16
      ? 'This file is encoded as UTF-16, so it is left out. Save it with the encoding UTF-8.'
      : 'This file holds NUL bytes, so it is no text and is left out. Exclude it in marginalia.json.',
  };
}

function tooLarge(size: number): Finding {
  return {
    severity: 'error',
    code: 'file-too-large',
    message: `This file has ${megabytes(size)}; text files of more than ${megabytes(LARGEST_TEXT_FILE)} are left out. Split it, or make it JSONL or CSV, which are read record by record.`,
  };
}

function large(size: number): Finding {
  return {
    severity: 'information',
    code: 'large-file',
    message: `This file has ${megabytes(size)}. It is read record by record, which takes a while.`,
  };
}
