import { open } from 'node:fs/promises';
import { join, posix } from 'node:path';
import { parse as parseCsv } from 'csv-parse/sync';
import { corpusFiles, kindOf } from './files.js';
import { delimiterOf } from './sources/csv.js';
import type { SourceKind, SourceRule } from './types.js';

/** Bytes of a record file that are looked at to guess its fields. */
const SAMPLE_BYTES = 64 * 1024;
/** Records of a file, and of all files that one rule reads, that are looked at. */
const SAMPLE_RECORDS = 50;
const SOURCE_RECORDS = 200;
/** Different values of a field that are kept to be shown. */
const EXAMPLES = 3;
/** An id is short: it stands in every line of a label file. UTF-16 units. */
const LONGEST_ID = 100;

/** Files that are about a repository rather than its content. */
const ABOUT =
  /^(readme|changelog|contributing|license|licence|code_of_conduct|security|support|guidelines|requirements|cmakelists|robots)\b/i;

const USUAL_TEXT = /(^|\.)(text|body|content|sentence|message|document|abstract|review|comment)$/i;
const USUAL_ID = /(^|\.)(id|uid|uuid|guid|key|ref|doc_?id|.*_id)$/i;

/** A field of some records: of JSON objects in a record by its path, `data.text`. */
export interface FieldSummary {
  readonly name: string;
  /** Records whose value is a string with letters in it. */
  readonly texts: number;
  /** Length of these on average, in UTF-16 units. */
  readonly meanLength: number;
  /** Whether it could name a record: short, there in each, and different in each. */
  readonly identifies: boolean;
  /** Its first different values, as text. */
  readonly examples: readonly string[];
}

/** Files that one rule of a project file reads. */
export interface CorpusSource {
  /** For records with the fields that are guessed to hold text and id. */
  readonly rule: SourceRule;
  readonly kind: SourceKind;
  /** Workspace-relative POSIX paths. */
  readonly files: readonly string[];
  /** How many records were looked at; none of text and Markdown files, which have no fields. */
  readonly sampled: number;
  readonly fields: readonly FieldSummary[];
}

/** What of a workspace could be labelled. */
export interface CorpusGuess {
  /** In the order of the rules: those that name a single file before those with a pattern. */
  readonly sources: readonly CorpusSource[];
  /** Files about the repository, which are left out. */
  readonly about: readonly string[];
  /** That one of them which seems to hold annotation guidelines. */
  readonly guidelines?: string;
  /** Record files with records of which no field holds text: left out. */
  readonly withoutText: readonly string[];
}

/** Looks through a workspace folder for text, Markdown, JSONL and CSV. @throws where a record file cannot be read */
export async function guessCorpus(folder: string): Promise<CorpusGuess> {
  const everything = [{ include: '**/*.{txt,md,markdown,jsonl,ndjson,csv,tsv}' }];
  const { files } = await corpusFiles(folder, { rules: everything, exclude: ['labels/**'], unit: 'paragraph' });
  const about = files.filter((file) => ABOUT.test(posix.basename(file)));
  const guidelines = about.find((file) => /^guidelines\b/i.test(file));
  const texts = new Map<string, CorpusSource>();
  const folders = new Map<string, RecordFile[]>();
  const withoutText: string[] = [];
  for (const file of files) {
    if (ABOUT.test(posix.basename(file))) continue;
    const kind = kindOf(file);
    const extension = posix.extname(file);
    if (kind === 'text' || kind === 'markdown') {
      const [top] = file.split('/');
      const include = top === file || top === undefined ? `*${extension}` : `${literalGlob(top)}/**/*${extension}`;
      const earlier = texts.get(include)?.files ?? [];
      texts.set(include, { rule: { include }, kind, files: [...earlier, file], sampled: 0, fields: [] });
      continue;
    }
    const records = await sampleRecords(folder, file, kind);
    const fields = guessFields(summarise(records));
    if (fields === undefined) {
      // One that is empty, or that cannot be read yet, may be mended: it is not left out for good.
      if (records.length > 0) withoutText.push(file);
      continue;
    }
    const include = posix.join(literalGlob(posix.dirname(file)), `*${extension}`);
    folders.set(include, [...(folders.get(include) ?? []), { file, kind, records, fields }]);
  }
  const sources = [...texts.values(), ...[...folders].flatMap(([include, inside]) => sourcesOf(include, inside))];
  const exact = ({ rule }: CorpusSource): number => (rule.include.includes('*') ? 1 : 0);
  return {
    sources: sources.sort((a, b) => exact(a) - exact(b)),
    about,
    ...(guidelines !== undefined && { guidelines }),
    withoutText,
  };
}

/** A path as a glob that matches it alone. */
export function literalGlob(file: string): string {
  return file.replace(/[*?[\]{}()!+@|]/g, '\\$&');
}

interface RecordFile {
  readonly file: string;
  readonly kind: SourceKind;
  readonly records: readonly SampleRecord[];
  readonly fields: { readonly text: string; readonly id?: string };
}

/** Files of one folder usually share their fields: the fields of most get its pattern, the other files rules of their own. */
function sourcesOf(include: string, files: readonly RecordFile[]): CorpusSource[] {
  const alike = new Map<string, RecordFile[]>();
  for (const file of files) {
    const shape = JSON.stringify([file.fields.text, file.fields.id]);
    alike.set(shape, [...(alike.get(shape) ?? []), file]);
  }
  const [most = [], ...others] = [...alike.values()].sort((a, b) => b.length - a.length);
  return [sourceOf(include, most), ...others.flat().map((file) => sourceOf(literalGlob(file.file), [file]))].filter(
    (source) => source !== undefined,
  );
}

function sourceOf(include: string, files: readonly RecordFile[]): CorpusSource | undefined {
  const [first] = files;
  if (first === undefined) return undefined;
  const records = files.flatMap((file) => file.records).slice(0, SOURCE_RECORDS);
  return {
    rule: { include, ...first.fields },
    kind: first.kind,
    files: files.map(({ file }) => file),
    sampled: records.length,
    fields: summarise(records),
  };
}

type SampleRecord = Readonly<Record<string, unknown>>;

async function sampleRecords(folder: string, file: string, kind: SourceKind): Promise<SampleRecord[]> {
  const handle = await open(join(folder, file));
  let sample: string;
  try {
    const { bytesRead, buffer } = await handle.read(Buffer.alloc(SAMPLE_BYTES), 0, SAMPLE_BYTES, 0);
    sample = buffer.toString('utf8', 0, bytesRead).replace(/^\uFEFF/, '');
    // The last line may be cut off.
    if (bytesRead === SAMPLE_BYTES) sample = sample.slice(0, sample.lastIndexOf('\n') + 1);
  } finally {
    await handle.close();
  }
  if (kind === 'jsonl') {
    const records = sample.split('\n').slice(0, SAMPLE_RECORDS).flatMap(parseRecord);
    return records.map((record) => Object.fromEntries(fieldsOf(record)));
  }
  try {
    const delimiter = delimiterOf(file);
    const rows: unknown = parseCsv(sample, { columns: true, delimiter, to: SAMPLE_RECORDS, relaxColumnCount: true });
    return Array.isArray(rows) ? rows.filter(isRecord) : [];
  } catch {
    // Not a table: nothing to guess from, and `check` will say so once the file is named.
    return [];
  }
}

function parseRecord(line: string): SampleRecord[] {
  try {
    const value: unknown = JSON.parse(line);
    return isRecord(value) ? [value] : [];
  } catch {
    return [];
  }
}

/** The fields of a record, those of objects in it by their path: `data.text`. */
function fieldsOf(record: SampleRecord, path = ''): [string, unknown][] {
  return Object.entries(record).flatMap(([name, value]) =>
    isRecord(value) ? fieldsOf(value, `${path}${name}.`) : [[`${path}${name}`, value]],
  );
}

function isRecord(value: unknown): value is SampleRecord {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function summarise(records: readonly SampleRecord[]): FieldSummary[] {
  const names = [...new Set(records.flatMap((record) => Object.keys(record)))];
  return names.map((name) => {
    const values = records.flatMap((record) => (name in record ? [record[name]] : []));
    const texts = values.filter((value) => typeof value === 'string').filter((value) => /\p{L}/u.test(value));
    const shown = values.map((value) => (typeof value === 'string' ? value : JSON.stringify(value)));
    const canName = (value: unknown): boolean =>
      (typeof value === 'string' && value !== '' && value.length <= LONGEST_ID) || typeof value === 'number';
    return {
      name,
      texts: texts.length,
      meanLength: texts.length === 0 ? 0 : texts.reduce((sum, value) => sum + value.length, 0) / texts.length,
      identifies: values.length === records.length && values.every(canName) && new Set(shown).size === records.length,
      examples: [...new Set(shown)].slice(0, EXAMPLES),
    };
  });
}

/**
 * The field with the text: a usual name where there is one with prose in it, else the one with the longest strings.
 * The id: one that could name a record, if its name sounds like it.
 */
function guessFields(fields: readonly FieldSummary[]): { text: string; id?: string } | undefined {
  const weight = ({ name, texts, meanLength }: FieldSummary): number =>
    texts * meanLength * (USUAL_TEXT.test(name) ? 4 : 1);
  const [text] = fields.filter(({ texts }) => texts > 0).sort((a, b) => weight(b) - weight(a));
  if (text === undefined) return undefined;
  const id = fields.find(({ name, identifies }) => identifies && name !== text.name && USUAL_ID.test(name));
  return { text: text.name, ...(id !== undefined && { id: id.name }) };
}
