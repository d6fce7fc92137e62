import { mkdir, open, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Range } from '../../src/corpus/types.js';
import { openEmbedder } from '../../src/embedding/open-embedder.js';
import { VectorCache, type CachedText } from '../../src/embedding/vector-cache.js';
import { hashOf } from '../../src/engine/pool.js';
import { annotationId, sha16 } from '../../src/labels/annotation.js';
import { Random } from '../../src/learning/random.js';

/**
 * A made-up workspace with a class: passages of 32 words of a vocabulary of 20,000 with Zipf's frequencies, every eighth
 * word one of its value's. Their vectors are made up, too, and stand in the vector cache, so that nothing has to be
 * embedded. With entities, every word has a vector, and those of the values are entities of four labels.
 */
export interface ClassCorpus {
  readonly folder: string;
  /** The engine's caches. */
  readonly storage: string;
  /** Folder of the model that the vectors are said to be of, and its name. */
  readonly models: string;
  readonly model: string;
  readonly passages: number;
  readonly values: number;
  /** Passages that the annotator has reviewed. */
  readonly labels: number;
  readonly annotator: string;
  readonly entities: boolean;
}

/** Labels of the entities. */
export const ENTITIES = ['A', 'B', 'C', 'D'];

const WORDS = 32;
const VOCABULARY = 20_000;
/** Passages that are in memory at a time. */
const CHUNK = 5_000;

/** @returns the texts by document */
export async function makeClassCorpus(corpus: ClassCorpus): Promise<Map<string, string>> {
  const { folder, storage, models, model, passages, values, labels, annotator, entities } = corpus;
  const random = new Random(1);
  const names = Array.from({ length: values }, (_, k) => `value ${k}`);
  await mkdir(join(folder, 'labels'), { recursive: true });
  await writeFile(
    join(folder, 'marginalia.json'),
    JSON.stringify({
      corpus: [{ include: 'records.jsonl', text: 'body', id: 'uid' }],
      unit: 'document',
      classes: { topic: { values: names } },
      ...(entities && { entities: Object.fromEntries(ENTITIES.map((label) => [label, {}])) }),
    }),
  );
  const embedder = await openEmbedder({ folder: join(models, model), name: model, runtime: 'auto' });
  const { dimensions } = embedder.info;
  const cache = await VectorCache.open(join(storage, 'vectors'), embedder.info);
  const records = await open(join(folder, 'records.jsonl'), 'w');
  const labelFile = await open(join(folder, 'labels', `${annotator}.jsonl`), 'w');
  const centres = Float32Array.from({ length: values * dimensions }, () => random.uniform() - 0.5);
  const bodies = new Map<string, string>();
  const meanings = new Map<string, Float32Array>();
  const meaning = (word: string): Float32Array => {
    let vector = meanings.get(word);
    if (vector === undefined)
      meanings.set(word, (vector = Float32Array.from({ length: dimensions }, () => random.uniform() - 0.5)));
    return vector;
  };
  for (let from = 0; from < passages; from += CHUNK) {
    const texts: CachedText[] = [];
    let lines = '';
    let said = '';
    for (let i = from; i < Math.min(passages, from + CHUNK); i++) {
      const topic = random.below(values);
      const words = Array.from({ length: WORDS }, (_, w) =>
        w % 8 === 0
          ? `t${topic}x${random.below(50)}`
          : `w${Math.floor(Math.exp(random.uniform() * Math.log(VOCABULARY)))}`,
      );
      const body = words.join(' ');
      lines += `${JSON.stringify({ uid: `p${i}`, body })}\n`;
      const raw = Float32Array.from({ length: dimensions }, (_, d) => {
        return centres[topic * dimensions + d]! + 3 * (random.uniform() - 0.5);
      });
      const length = Math.sqrt(raw.reduce((sum, x) => sum + x * x, 0));
      const places = placesOf(words);
      const tokens = new Float32Array(entities ? WORDS * dimensions : 0);
      if (entities) words.forEach((word, w) => tokens.set(meaning(word), w * dimensions));
      const encoded = { vector: raw.map((x) => x / length), pieces: entities ? places : [], tokens };
      texts.push({ key: hashOf(body), encoded });
      const doc = `records.jsonl#p${i}`;
      bodies.set(doc, body);
      if (i >= labels) continue;
      if (entities)
        for (const [w, place] of places.entries())
          if (w % 8 === 0) said += entityLine(doc, body, place, ENTITIES[topic % ENTITIES.length]!, annotator);
      said += reviewed(doc, body, names[topic]!, annotator, ['topic', ...(entities ? ENTITIES : [])]);
    }
    await records.write(lines);
    await labelFile.write(said);
    await cache.put(texts);
  }
  await Promise.all([records.close(), labelFile.close(), cache.close(), embedder.dispose()]);
  return bodies;
}

function placesOf(words: readonly string[]): Range[] {
  let at = 0;
  return words.map((word) => ({ start: at, end: (at += word.length + 1) - 1 }));
}

function entityLine(doc: string, text: string, { start, end }: Range, label: string, by: string): string {
  const line = {
    id: annotationId({ type: 'entity', label, doc, place: [[start, end]], by }),
    type: 'entity',
    label,
    doc,
    spans: [{ start, end, text: text.slice(start, end) }],
    before: text.slice(Math.max(0, start - 24), start),
    after: text.slice(end, end + 24),
    by,
    at: '2026-11-24T10:00:00Z',
  };
  return `${JSON.stringify(line)}\n`;
}

/** The lines of a verdict: a value, and the passage is accepted. */
function reviewed(doc: string, text: string, value: string, by: string, scope: readonly string[]): string {
  const common = { doc, by, at: '2026-11-24T10:00:00Z' };
  const place = [[0, text.length]] as const;
  const anchor = {
    spans: [{ start: 0, end: text.length }],
    first: text.slice(0, 24),
    last: text.slice(-24),
    sha: sha16(text),
  };
  const lines = [
    {
      id: annotationId({ type: 'class', label: 'topic', doc, place, by }),
      type: 'class',
      label: 'topic',
      value,
      ...common,
      ...anchor,
    },
    {
      id: annotationId({ type: 'review', label: '', doc, place, by }),
      type: 'review',
      answer: 'accept',
      scope,
      ...common,
      ...anchor,
    },
  ];
  return lines.map((line) => `${JSON.stringify(line)}\n`).join('');
}
