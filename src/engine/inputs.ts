import type { Range } from '../corpus/types.js';
import { wordsOf } from '../corpus/words.js';
import { wordVectors } from '../embedding/word-vectors.js';
import type { PassageInput } from '../learning/types.js';
import type { Entry, Pool } from './pool.js';
import type { Vectors } from './vectors.js';

export interface EntryInput {
  readonly entry: Entry;
  readonly input: PassageInput;
}

/** Passages whose word bounds are remembered: segmenting costs more than scoring. */
const REMEMBERED = 100_000;

const bounds = new Map<string, Int32Array>();

/** Passages as the heads see them; those whose text is gone from its file are left out (the watcher reports the file). */
export async function inputsOf(entries: readonly Entry[], pool: Pool, vectors: Vectors): Promise<EntryInput[]> {
  const encoded = await vectors.encoded(entries.map(({ hash }) => hash));
  const inputs: EntryInput[] = [];
  for (const entry of entries) {
    const text = await pool.text(entry);
    const vector = encoded.get(entry.hash);
    if (text === undefined || vector === undefined) continue;
    const words = [...(entry.words ?? wordBounds(entry.hash, text))];
    inputs.push({ entry, input: { text, words, vector: vector.vector, wordVectors: wordVectors(vector, words) } });
  }
  return inputs;
}

/** What a project asks about, or heads were fitted for. */
interface Asked {
  readonly entities: readonly unknown[];
  readonly relations: readonly unknown[];
}

/** Whether nothing but classes is asked about: then nobody looks at the vectors of words. */
export function onlyClasses({ entities, relations }: Asked): boolean {
  return entities.length === 0 && relations.length === 0;
}

const NO_VECTORS = new Float32Array(0);

/** As inputsOf, for class heads alone: without the vectors of words, so that no vector is read from disk. */
export async function wholeInputsOf(entries: readonly Entry[], pool: Pool, vectors: Vectors): Promise<EntryInput[]> {
  const inputs: EntryInput[] = [];
  for (const entry of entries) {
    const text = entry.text ?? (await pool.text(entry));
    const vector = vectors.pooled(entry.hash);
    if (text === undefined || vector === undefined) continue;
    const words = entry.words ?? wordBounds(entry.hash, text);
    inputs.push({ entry, input: { text, words, vector, wordVectors: NO_VECTORS } });
  }
  return inputs;
}

function wordBounds(hash: string, text: string): Range[] {
  let packed = bounds.get(hash);
  if (packed === undefined) {
    packed = Int32Array.from(wordsOf(text).flatMap(({ start, end }) => [start, end]));
    if (bounds.size >= REMEMBERED) bounds.clear();
    bounds.set(hash, packed);
  }
  const words: Range[] = [];
  for (let i = 0; i < packed.length; i += 2) words.push({ start: packed[i]!, end: packed[i + 1]! });
  return words;
}
