import { open } from 'node:fs/promises';
import { join, posix } from 'node:path';
import { parse as parseCsv } from 'csv-parse/sync';
import { corpusFiles, kindOf } from '../corpus/files.js';
import type { SourceKind, SourceRule } from '../corpus/types.js';

/** Bytes of a record file that are looked at to guess its fields. */
const SAMPLE_BYTES = 64 * 1024;
const SAMPLE_RECORDS = 50;

/** Files that are about a repository rather than its content. */
const ABOUT =
  /^(readme|changelog|contributing|license|licence|code_of_conduct|security|support|guidelines|requirements|cmakelists|robots)\b/i;

/** Reads a workspace folder and writes the `marginalia.json` that fits what is there, with comments. */
export async function initialProject(folder: string): Promise<string> {
  const everything = [{ include: '**/*.{txt,md,markdown,jsonl,ndjson,csv,tsv}' }];
  const { files } = await corpusFiles(folder, { rules: everything, exclude: ['labels/**'], unit: 'paragraph' });
  const corpus = await guessRules(folder, files);
  const about = files.filter((file) => ABOUT.test(posix.basename(file)));
  const guidelines = about.find((file) => /^guidelines\b/i.test(file));
  return projectText(corpus.length > 0 ? corpus : [{ include: '**/*.{txt,md}' }], about.map(literal), guidelines);
}

/** A path as a glob that matches it alone. */
function literal(file: string): string {
  return file.replace(/[*?[\]{}()!+@|]/g, '\\$&');
}

async function guessRules(folder: string, files: readonly string[]): Promise<SourceRule[]> {
  const rules = new Map<string, SourceRule>();
  for (const file of files) {
    if (ABOUT.test(posix.basename(file))) continue;
    const kind = kindOf(file);
    const extension = posix.extname(file);
    if (kind === 'text' || kind === 'markdown') {
      const [top] = file.split('/');
      const include = top === file || top === undefined ? `*${extension}` : `${literal(top)}/**/*${extension}`;
      rules.set(include, { include });
      continue;
    }
    const fields = guessFields(await sampleRecords(folder, file, kind));
    if (fields === undefined) continue;
    const include = posix.join(literal(posix.dirname(file)), `*${extension}`);
    const earlier = rules.get(include);
    // Files of one folder usually share their fields; one that does not gets a rule of its own, before the folder's.
    const fits = earlier === undefined || (earlier.text === fields.text && earlier.id === fields.id);
    const glob = fits ? include : literal(file);
    rules.set(glob, { include: glob, ...fields });
  }
  const exact = (rule: SourceRule): number => (rule.include.includes('*') ? 1 : 0);
  return [...rules.values()].sort((a, b) => exact(a) - exact(b));
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
    const delimiter = file.toLowerCase().endsWith('.tsv') ? '\t' : ',';
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

/**
 * The field with the text: a usual name where there is one with prose in it, else the one with the longest strings.
 * The id: a field whose values are short, present in every record and all different, if its name sounds like one.
 */
export function guessFields(records: readonly SampleRecord[]): { text: string; id?: string } | undefined {
  const names = [...new Set(records.flatMap((record) => Object.keys(record)))];
  const lengths = names.map((name) => {
    const strings = records.flatMap((record) => {
      const value = record[name];
      return typeof value === 'string' && /\p{L}/u.test(value) ? [value] : [];
    });
    const mean = strings.reduce((sum, value) => sum + value.length, 0) / records.length;
    const usual = /(^|\.)(text|body|content|sentence|message|document|abstract|review|comment)$/i.test(name);
    return { name, weight: mean * (usual ? 4 : 1) };
  });
  const [text] = lengths.filter(({ weight }) => weight > 0).sort((a, b) => b.weight - a.weight);
  if (text === undefined) return undefined;
  const id = names.find((name) => {
    if (name === text.name || !/(^|\.)(id|uid|uuid|guid|key|ref|doc_?id|.*_id)$/i.test(name)) return false;
    const values = records.map((record) => record[name]);
    const usable = values.every(
      (value) => (typeof value === 'string' && value !== '' && value.length <= 100) || typeof value === 'number',
    );
    return usable && new Set(values.map(String)).size === values.length;
  });
  return { text: text.name, ...(id !== undefined && { id }) };
}

function projectText(
  corpus: readonly SourceRule[],
  exclude: readonly string[],
  guidelines: string | undefined,
): string {
  const rule = ({ include, text, id }: SourceRule): string => {
    if (text === undefined) return JSON.stringify(include);
    const parts = Object.entries({ include, text, ...(id !== undefined && { id }) });
    return `{ ${parts.map(([name, value]) => `${JSON.stringify(name)}: ${JSON.stringify(value)}`).join(', ')} }`;
  };
  return `// What Marginalia labels here. Comments stay when Marginalia changes this file.
{
  // Which files hold the text. Of JSONL, CSV and TSV files also the field with the text, and one that names the record.
  "corpus": [
${corpus.map((each) => `    ${rule(each)}`).join(',\n')}
  ],
  "exclude": [${exclude.map((file) => JSON.stringify(file)).join(', ')}],

  // What is shown and reviewed at a time: "sentence", "paragraph" or "document".
  "unit": "paragraph",

  // Labels of stretches of text, each with the key that applies it.
  "entities": {
    "Person": { "key": "p", "description": "A named human being" },
    "Organisation": { "key": "o", "description": "A named company, authority, club or other body" },
    "Place": { "key": "l", "description": "A named place" }
  },

  // Links between entities, and between which kinds they are allowed.
  "relations": {
    "worksFor": { "key": "w", "head": ["Person"], "tail": ["Organisation"] }
  },

  // Labels of whole passages, for example:
  // "tone": { "values": ["neutral", "praise", "complaint"], "multiple": false }
  "classes": {},

  // The folder of the label files: one annotation a line, one file an annotator.
  "labels": "labels"${guidelines === undefined ? '' : `,\n\n  // Shown beside the passage.\n  "guidelines": ${JSON.stringify(guidelines)}`}
}
`;
}
