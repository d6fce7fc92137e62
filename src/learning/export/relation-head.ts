import { THRESHOLD } from '../decode.js';
import { withNone } from '../distribution.js';
import { COLUMNS, WORD_HASHING } from '../features/lexical.js';
import { MAX_DISTANCE, PAIR_PRIOR, type Signature } from '../features/pairs.js';
import { PAIR_HASHING } from '../features/relation.js';
import type { RelationHead } from '../heads/relation.js';
import { float, hashedWeights, long, node, transposed, type ExportedHead, type HeadOrigin } from './graph.js';
import { encodeOnnx } from './onnx.js';

export interface RelationHeadDescription extends HeadOrigin {
  readonly format: 'marginalia-relation-head/1';
  /** Names of the columns of `probabilities`; the last is 'none'. */
  readonly outcomes: readonly string[];
  readonly signatures: readonly Signature[];
  readonly temperature: number;
  /** What a suggestion needs at least. */
  readonly threshold: number;
  /** Words between mentions beyond which a pair is not a candidate. */
  readonly maxDistance: number;
  readonly inputs: Readonly<Record<'vectors' | 'pairs' | 'columns' | 'values' | 'allowed', string>>;
  readonly hashing: {
    readonly columns: number;
    readonly words: Pick<typeof WORD_HASHING, 'word'>;
    readonly pairs: typeof PAIR_HASHING;
  };
}

/** Below any score: what a signature forbids has no probability. */
const FORBIDDEN = -1e30;

/**
 * A relation head as an ONNX model from the vectors of a passage's words, and pairs of stretches of them with their hashed
 * features, to the distribution of each pair. Scale, means, products, the prior, the temperature and the softmax are in
 * the model; what uses it lists the pairs, says which relations their signatures allow, and hashes words.
 * @throws RangeError for a head that was fitted on nothing
 */
export function exportRelationHead(head: RelationHead, origin: HeadOrigin): ExportedHead<RelationHeadDescription> {
  const { signatures, space, model, temperature } = head;
  if (model === undefined) throw new RangeError('the head of relations has not learned anything yet');
  const outcomes = withNone(signatures.map(({ label }) => label));
  const n = outcomes.length;
  const { mean, factor } = space.scale;
  const d = mean.length;
  const { weights, intercept } = model.fitted;
  const split = n * 4 * d;
  const onnx = encodeOnnx({
    name: 'marginalia relation head',
    constants: [
      ...hashedWeights('lexicalWeights', model.columns, weights.subarray(split), n),
      float('vectorWeights', [4 * d, n], transposed(weights.subarray(0, split), n)),
      float('intercept', [n], intercept),
      float('temperature', [1], [temperature]),
      float('mean', [d], mean),
      float('factor', [1], [factor]),
      float('productLength', [1], [Math.sqrt(d)]),
      float('word', [1], [PAIR_PRIOR.word]),
      float('floor', [1], [PAIR_PRIOR.floor]),
      float(
        'ofRelations',
        [1, n],
        outcomes.map((_, k) => (k < n - 1 ? 1 : 0)),
      ),
      float('half', [1], [0.5]),
      float('forbidden', [1], [FORBIDDEN]),
      float('oneWord', [1], [1]),
      long('zero', [], [0]),
      long('one', [], [1]),
      long('axis0', [1], [0]),
      long('axis1', [1], [1]),
      ...[0, 1, 2, 3].map((at) => long(`at${at}`, [1], [at])),
    ],
    nodes: [
      node('Sub', 'vectors mean', 'centred'),
      node('Mul', 'centred factor', 'scaled'),
      node('Shape', 'vectors', 'shape'),
      node('Gather', 'shape zero', 'words', { axis: 0 }),
      node('Range', 'zero words one', 'order'),
      node('Unsqueeze', 'order axis0', 'place'),
      // Ends of the stretches, pairs × 1.
      node('Gather', 'pairs at0', 'headStart', { axis: 1 }),
      node('Gather', 'pairs at1', 'headEnd', { axis: 1 }),
      node('Gather', 'pairs at2', 'tailStart', { axis: 1 }),
      node('Gather', 'pairs at3', 'tailEnd', { axis: 1 }),
      node('Min', 'headEnd tailEnd', 'betweenStart'),
      node('Max', 'headStart tailStart betweenStart', 'betweenEnd'),
      ...meanOf('head'),
      ...meanOf('tail'),
      ...meanOf('between'),
      node('Mul', 'headMean tailMean', 'product'),
      node('Mul', 'product productLength', 'longProduct'),
      node('Concat', 'headMean tailMean longProduct betweenMean', 'dense', { axis: 1 }),
      node('MatMul', 'dense vectorWeights', 'ofVectors'),
      node('Gather', 'lexicalWeightsAt columns', 'places', { axis: 0 }),
      node('Gather', 'lexicalWeights places', 'rows', { axis: 0 }),
      node('Unsqueeze', 'values axis1', 'valueRows'),
      node('MatMul', 'valueRows rows', 'lexical'),
      node('Squeeze', 'lexical axis1', 'ofWords'),
      node('Sub', 'betweenEnd betweenStart', 'distance'),
      node('Cast', 'distance', 'floatDistance', { to: 1 }),
      node('Mul', 'floatDistance word', 'distanceCost'),
      node('Max', 'distanceCost floor', 'prior'),
      node('Mul', 'prior ofRelations', 'ofPrior'),
      node('Sum', 'ofVectors ofWords ofPrior intercept', 'scores'),
      node('Div', 'scores temperature', 'tempered'),
      node('Greater', 'allowed half', 'isAllowed'),
      node('Where', 'isAllowed tempered forbidden', 'logits'),
      node('Softmax', 'logits', 'probabilities', { axis: 1 }),
    ],
    inputs: [
      { name: 'vectors', type: 'float32', dims: ['words', d] },
      { name: 'pairs', type: 'int64', dims: ['pairs', 4] },
      { name: 'columns', type: 'int64', dims: ['pairs', 'features'] },
      { name: 'values', type: 'float32', dims: ['pairs', 'features'] },
      { name: 'allowed', type: 'float32', dims: ['pairs', n] },
    ],
    outputs: [{ name: 'probabilities', type: 'float32', dims: ['pairs', n] }],
    metadata: { outcomes: JSON.stringify(outcomes), model: origin.model.hash, state: origin.state },
  });
  return {
    onnx,
    description: {
      format: 'marginalia-relation-head/1',
      ...origin,
      outcomes,
      signatures: signatures.map(({ label, head: from, tail, symmetric }) => ({ label, head: from, tail, symmetric })),
      temperature,
      threshold: THRESHOLD,
      maxDistance: MAX_DISTANCE,
      inputs: {
        vectors: `float32 [words, ${d}]: the mean of the vectors of the pieces that overlap each word`,
        pairs: "int64 [pairs, 4]: the head's first word and the one after its last, then the tail's",
        columns: 'int64 [pairs, features]: hashed features; fill up with 0',
        values: 'float32 [pairs, features]: their values; fill up with 0',
        allowed: 'float32 [pairs, outcomes]: 1 for what the signatures allow and for none, else 0',
      },
      hashing: { columns: COLUMNS, words: { word: WORD_HASHING.word }, pairs: PAIR_HASHING },
    },
  };
}

/** The mean of the scaled vectors of the words from `NAMEStart` to `NAMEEnd`; zeros where there are none. */
function meanOf(name: string): ReturnType<typeof node>[] {
  const [start, end] = [`${name}Start`, `${name}End`];
  return [
    node('GreaterOrEqual', `place ${start}`, `${name}Begun`),
    node('Less', `place ${end}`, `${name}Open`),
    node('And', `${name}Begun ${name}Open`, `${name}Is`),
    node('Cast', `${name}Is`, `${name}Words`, { to: 1 }),
    node('ReduceSum', `${name}Words axis1`, `${name}Count`, { keepdims: 1 }),
    node('Max', `${name}Count oneWord`, `${name}Divisor`),
    node('Div', `${name}Words ${name}Divisor`, `${name}Shares`),
    node('MatMul', `${name}Shares scaled`, `${name}Mean`),
  ];
}
