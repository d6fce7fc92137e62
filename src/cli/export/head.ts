import type { PreTrainedTokenizer } from '@huggingface/transformers';
import { wordsOf } from '../../corpus/words.js';
import { createPieceEncoder } from '../../embedding/pieces.js';
import { stagesOf } from '../../embedding/tokenizer.js';
import { wordVectors } from '../../embedding/word-vectors.js';
import { suggestedLabel, suggestedSpans } from '../../learning/decode.js';
import { distributionOf } from '../../learning/distribution.js';
import type { ClassHeadDescription } from '../../learning/export/class-head.js';
import type { EntityHeadDescription } from '../../learning/export/entity-head.js';
import type { VectorModel } from '../../learning/export/graph.js';
import type { RelationHeadDescription } from '../../learning/export/relation-head.js';
import { lexicalRows, wordFeatures, WORD_FEATURES } from '../../learning/features/lexical.js';
import { candidatePairs, type CandidatePair } from '../../learning/features/pairs.js';
import { pairEntries, placeMentions } from '../../learning/features/relation.js';
import { MAX_WIDTH, segments, SpanHash, spanRange } from '../../learning/features/spans.js';
import type { Distribution, Mention, PassageInput } from '../../learning/types.js';

/**
 * What a program needs to use exported heads: built as `head.mjs`, which export-head writes beside them. It is made of
 * the very functions that the heads were trained with, and imports nothing: the caller gives it transformers.js and the
 * tensors of ONNX Runtime. docs/export-head.md tells how to use it. Offsets are UTF-16 units.
 */

/** One input of a head's model. */
export interface Feed {
  readonly type: 'float32' | 'int64';
  readonly data: Float32Array | BigInt64Array;
  readonly dims: readonly number[];
}

export type Feeds<Name extends string> = Readonly<Record<Name, Feed>>;

/** What is used of transformers.js (version 4). */
export interface Transformers {
  readonly env: { localModelPath: string };
  readonly AutoTokenizer: {
    from_pretrained(name: string, options: { local_files_only: true }): Promise<PreTrainedTokenizer>;
  };
  readonly AutoModel: {
    from_pretrained(
      name: string,
      options: { local_files_only: true; dtype: string },
    ): Promise<(inputs: Readonly<Record<string, unknown>>) => Promise<Readonly<Record<string, { data: unknown }>>>>;
  };
  readonly Tensor: new (type: 'int64', data: BigInt64Array, dims: number[]) => unknown;
}

/**
 * Opens the transformer in a folder; what it gives turns a text into a passage: its words, a vector for each, and one for
 * the whole.
 * @throws RangeError, when a text is given, for one that the transformer cannot read at once
 */
export async function openTransformer(
  folder: string,
  { dimensions, maxPieces, pooling, prefix, dtype }: VectorModel,
  { env, AutoTokenizer, AutoModel, Tensor }: Transformers,
): Promise<(text: string) => Promise<PassageInput>> {
  const path = folder.replaceAll('\\', '/').replace(/\/$/, '');
  const at = path.lastIndexOf('/') + 1;
  env.localModelPath = at === 0 ? '.' : path.slice(0, at);
  const name = path.slice(at);
  const stages = stagesOf(await AutoTokenizer.from_pretrained(name, { local_files_only: true }));
  const transformer = await AutoModel.from_pretrained(name, { local_files_only: true, dtype });
  const cut = createPieceEncoder(stages);
  return async (text) => {
    const { ids: own, ranges } = cut(prefix + text);
    const ids = [...stages.prefix, ...own, ...stages.suffix];
    if (ids.length > maxPieces)
      throw new RangeError(
        `the text has ${ids.length} pieces, and the model reads ${maxPieces}: give it by the paragraph`,
      );
    const outputs = await transformer({
      input_ids: new Tensor('int64', BigInt64Array.from(ids, BigInt), [1, ids.length]),
      attention_mask: new Tensor('int64', new BigInt64Array(ids.length).fill(1n), [1, ids.length]),
    });
    const rows = (outputs['last_hidden_state'] ?? outputs['token_embeddings'])?.data;
    if (!(rows instanceof Float32Array)) throw new TypeError('the model gives no token vectors');
    const vector = new Float32Array(dimensions);
    for (let i = 0; i < (pooling === 'cls' ? dimensions : rows.length); i++) vector[i % dimensions]! += rows[i]!;
    const length = own.length === 0 ? Infinity : Math.hypot(...vector);
    for (let i = 0; i < dimensions; i++) vector[i]! /= length;
    // The pieces of the prefix are not the text's, and stand before it.
    const pieces = ranges.map(({ start, end }) => ({
      start: Math.max(0, start - prefix.length),
      end: Math.max(0, end - prefix.length),
    }));
    const tokens = rows.subarray(stages.prefix.length * dimensions);
    const words = wordsOf(text);
    return { text, words, vector, wordVectors: wordVectors({ vector, pieces, tokens }, words) };
  };
}

/** Feeds as tensors of ONNX Runtime. */
export function tensors<T, Name extends string>(
  feeds: Feeds<Name>,
  Tensor: new (type: Feed['type'], data: Feed['data'], dims: readonly number[]) => T,
): Record<string, T> {
  const result: Record<string, T> = {};
  for (const [name, { type, data, dims }] of Object.entries<Feed>(feeds)) result[name] = new Tensor(type, data, dims);
  return result;
}

const floats = (data: ArrayLike<number>, dims: readonly number[]): Feed => ({
  type: 'float32',
  data: data instanceof Float32Array ? data : Float32Array.from(data),
  dims,
});
const longs = (data: ArrayLike<number>, dims: readonly number[]): Feed => ({
  type: 'int64',
  data: BigInt64Array.from({ length: data.length }, (_, i) => BigInt(data[i]!)),
  dims,
});

/** A row of the probabilities for each candidate, by the names of its outcomes. */
export function distributions(
  head: Pick<ClassHeadDescription, 'values'> | Pick<EntityHeadDescription, 'outcomes'>,
  probabilities: ArrayLike<number>,
): Distribution[] {
  const names = 'values' in head ? head.values : head.outcomes;
  return Array.from({ length: probabilities.length / names.length }, (_, row) =>
    distributionOf(names, probabilities, row * names.length),
  );
}

/** What the model of a class takes: one row. */
export function classFeeds(passage: PassageInput): Feeds<'vector' | 'columns' | 'values'> {
  const { columns, values } = lexicalRows([passage]);
  return {
    vector: floats(passage.vector, [1, passage.vector.length]),
    columns: longs(columns, [1, columns.length]),
    values: floats(values, [1, values.length]),
  };
}

/** A stretch of the text that may be an entity, by words and by UTF-16 units. */
export interface CandidateSpan {
  readonly first: number;
  readonly last: number;
  readonly start: number;
  readonly end: number;
}

/** The candidates of a passage, in the order of the rows of `probabilities`. */
export function candidateSpans(passage: PassageInput): CandidateSpan[] {
  return segments(passage).flatMap(({ start: lower, end: upper }) =>
    Array.from({ length: upper - lower }, (_, i) => lower + i).flatMap((first) =>
      Array.from({ length: Math.min(upper - first, MAX_WIDTH) }, (_, i) => {
        return { first, last: first + i, ...spanRange(passage, first, first + i) };
      }),
    ),
  );
}

/** What the model of entities takes: a row a word, and one a candidate. */
export function entityFeeds(passage: PassageInput): Feeds<'vectors' | 'columns' | 'kinds' | 'spans' | 'hashes'> {
  const features = wordFeatures(passage);
  const spans: number[] = [];
  const hashes: number[] = [];
  const hash = new SpanHash();
  for (const { start: lower, end: upper } of segments(passage)) {
    for (let first = lower; first < upper; first++) {
      hash.reset();
      for (let last = first; last < Math.min(upper, first + MAX_WIDTH); last++) {
        hash.add(features, last);
        spans.push(first, last, lower, upper);
        hashes.push(hash.width, hash.shapes, hash.words);
      }
    }
  }
  const words = passage.words.length;
  return {
    vectors: vectorsOf(passage),
    columns: longs(features.columns, [words, WORD_FEATURES]),
    kinds: longs(features.kinds, [words]),
    spans: longs(spans, [spans.length / 4, 4]),
    hashes: longs(hashes, [hashes.length / 3, 3]),
  };
}

function vectorsOf({ words, wordVectors, vector }: PassageInput): Feed {
  return floats(wordVectors, [words.length, vector.length]);
}

/** The entities that the head suggests, in the order of the text. */
export function suggestedEntities(
  { outcomes, threshold }: Pick<EntityHeadDescription, 'outcomes' | 'threshold'>,
  passage: PassageInput,
  probabilities: ArrayLike<number>,
): (Mention & { readonly probability: number })[] {
  const spans = candidateSpans(passage);
  return suggestedSpans(
    { labels: outcomes.slice(0, -1) },
    passage,
    {
      count: spans.length,
      outcomes: outcomes.length,
      first: Uint32Array.from(spans, ({ first }) => first),
      last: Uint32Array.from(spans, ({ last }) => last),
      probabilities: Float64Array.from(probabilities),
    },
    threshold,
  );
}

/** The pairs of mentions that a relation may link, in the order of the rows of `probabilities`. */
export function pairsOf(
  { signatures }: Pick<RelationHeadDescription, 'signatures'>,
  passage: PassageInput,
  mentions: readonly Mention[],
): CandidatePair[] {
  return candidatePairs(signatures, passage, mentions);
}

/** What the model of relations takes: a row a word, and one a pair. */
export function relationFeeds(
  head: Pick<RelationHeadDescription, 'signatures' | 'outcomes'>,
  passage: PassageInput,
  mentions: readonly Mention[],
): Feeds<'vectors' | 'pairs' | 'columns' | 'values' | 'allowed'> {
  const { identity } = wordFeatures(passage);
  const placed = placeMentions(passage, mentions);
  const pairs = pairsOf(head, passage, mentions);
  const entries = pairs.map((pair) => [...pairEntries(passage.text, identity, mentions, placed, pair)]);
  const width = Math.max(0, ...entries.map(({ length }) => length));
  const filled = entries.flatMap((row) => Array.from({ length: width }, (_, i) => row[i] ?? [0, 0]));
  const none = head.outcomes.length - 1;
  return {
    vectors: vectorsOf(passage),
    pairs: longs(
      pairs.flatMap(({ head: from, tail: to }) =>
        [placed[from]!, placed[to]!].flatMap(({ start, end }) => [start, end]),
      ),
      [pairs.length, 4],
    ),
    columns: longs(
      filled.map(([column]) => column!),
      [pairs.length, width],
    ),
    values: floats(
      filled.map(([, value]) => value!),
      [pairs.length, width],
    ),
    allowed: floats(
      pairs.flatMap(({ allowed }) => head.outcomes.map((_, k) => (k === none || allowed.includes(k) ? 1 : 0))),
      [pairs.length, head.outcomes.length],
    ),
  };
}

/** The relations that the head suggests, by the indices of their mentions. */
export function suggestedRelations(
  head: Pick<RelationHeadDescription, 'signatures' | 'outcomes' | 'threshold'>,
  passage: PassageInput,
  mentions: readonly Mention[],
  probabilities: ArrayLike<number>,
): { readonly label: string; readonly head: number; readonly tail: number; readonly probability: number }[] {
  const rows = distributions(head, probabilities);
  return pairsOf(head, passage, mentions).flatMap(({ head: from, tail }, row) => {
    const top = suggestedLabel(rows[row]!, head.threshold);
    return top === undefined ? [] : [{ ...top, head: from, tail }];
  });
}
