import { withNone } from '../distribution.js';
import {
  AFTER,
  BEFORE,
  COST,
  FIRST,
  FREQUENCY_SLOTS,
  INSIDE,
  LAST,
  RARE,
  ROLES,
  splitWeights,
  WORD_FEATURE_VALUE,
} from '../features/entity.js';
import { COLUMNS, WORD_FEATURES, WORD_HASHING, WordKind } from '../features/lexical.js';
import { unscaleWeights } from '../features/scale.js';
import { MAX_WIDTH, memoryColumn, SPAN_SALT } from '../features/spans.js';
import { THRESHOLD } from '../decode.js';
import type { EntityHead } from '../heads/entity.js';
import { float, hashedWeights, long, node, transposed, type ExportedHead, type HeadOrigin } from './graph.js';
import { encodeOnnx } from './onnx.js';

export interface EntityHeadDescription extends HeadOrigin {
  readonly format: 'marginalia-entity-head/1';
  /** Names of the columns of `probabilities`; the last is 'none'. */
  readonly outcomes: readonly string[];
  /** Spans with a label that it was fitted on. */
  readonly examples: number;
  readonly temperature: number;
  /** What a suggestion needs at least. */
  readonly threshold: number;
  /** Longest candidate, in words. */
  readonly maxWidth: number;
  readonly inputs: Readonly<Record<'vectors' | 'columns' | 'kinds' | 'spans' | 'hashes', string>>;
  readonly hashing: { readonly columns: number; readonly words: typeof WORD_HASHING; readonly spans: typeof SPAN_SALT };
}

/**
 * An entity head as an ONNX model from the vectors and hashed features of a passage's words, and its candidate spans, to
 * the distribution of each. The prior, what words are worth in their roles, the memory of labelled mentions, the
 * temperature and the softmax are in the model; what uses it cuts words, hashes them and lists the spans.
 * @throws RangeError for a head that was fitted on nothing
 */
export function exportEntityHead(head: EntityHead, origin: HeadOrigin): ExportedHead<EntityHeadDescription> {
  const { labels, space, model, temperature } = head;
  if (model === undefined) throw new RangeError('the head of entities has not learned anything yet');
  const outcomes = withNone(labels);
  const n = outcomes.length;
  const d = space.scale.mean.length;
  const { weights, intercept } = model.fitted;
  const parts = splitWeights(weights, n, d, model.words.length);
  const vectors = unscaleWeights(parts.vectors, space.scale);
  const padded = new Float64Array(ROLES * n * d);
  padded.set(vectors.weights);
  const constants = new Float64Array(ROLES * n);
  constants.set(vectors.constants);
  const spanAt = new Map([...model.spans].map((column, i) => [column, i]));
  const memory = [...model.memory];
  const remembered = memory.flatMap(([, given]) =>
    Array.from({ length: n }, (_, k) =>
      given.reduce((sum, label) => {
        const at = spanAt.get(memoryColumn(label));
        return at === undefined ? sum : sum + parts.spans[at * n + k]!;
      }, 0),
    ),
  );
  // What a word costs in a span and whether it is a name, by kind and by whether it is rare: see EntityPrior.
  const kinds = [WordKind.plain, WordKind.opening, WordKind.name].flatMap((kind) =>
    [false, true].map((rare) => {
      const name = kind === WordKind.name || (kind === WordKind.opening && rare);
      const cost = kind === WordKind.name ? COST.name : name ? COST.opening : rare ? COST.rare : COST.common;
      return { cost, name: name ? 1 : 0 };
    }),
  );
  const onnx = encodeOnnx({
    name: 'marginalia entity head',
    constants: [
      ...hashedWeights(
        'wordWeights',
        model.words,
        parts.words.map((w) => w * WORD_FEATURE_VALUE),
        ROLES * n,
      ),
      ...hashedWeights('spanWeights', model.spans, parts.spans, n),
      ...hashedWeights(
        'memory',
        memory.map(([words]) => words),
        remembered,
        n,
      ),
      float('vectorWeights', [d, ROLES * n], transposed(padded, ROLES * n)),
      float('vectorConstants', [ROLES * n], constants),
      float('intercept', [n], intercept),
      float('temperature', [1], [temperature]),
      long(
        'rare',
        [FREQUENCY_SLOTS],
        Array.from(space.frequency, (share) => (share < RARE ? 1 : 0)),
      ),
      float(
        'costs',
        [kinds.length],
        kinds.map(({ cost }) => cost),
      ),
      float(
        'names',
        [kinds.length],
        kinds.map(({ name }) => name),
      ),
      float('neighbour', [1], [COST.neighbour]),
      float('worst', [1], [COST.worst]),
      float(
        'ofLabels',
        [1, n],
        outcomes.map((_, k) => (k < labels.length ? 1 : 0)),
      ),
      float('zeroRow', [1, n], new Float32Array(n)),
      float('zeroName', [1], [0]),
      long('tableShape', [3], [-1, ROLES, n]),
      long('slots', [1], [FREQUENCY_SLOTS]),
      long('steps', [1, MAX_WIDTH], [...Array(MAX_WIDTH).keys()]),
      long('widthAndShapes', [2], [0, 1]),
      long('zeros', [1], [0]),
      long('ones', [1], [1]),
      long('twos', [1], [2]),
      ...[0, 1, 2, 3, 4].map((at) => long(`at${at}`, [], [at])),
    ],
    nodes: [
      // words × roles × outcomes
      node('Gather', 'wordWeightsAt columns', 'wordPlaces', { axis: 0 }),
      node('Gather', 'wordWeights wordPlaces', 'wordRows', { axis: 0 }),
      node('ReduceSum', 'wordRows ones', 'lexical', { keepdims: 0 }),
      node('MatMul', 'vectors vectorWeights', 'dense'),
      node('Add', 'lexical dense', 'worth'),
      node('Add', 'worth vectorConstants', 'flatTable'),
      node('Reshape', 'flatTable tableShape', 'table'),
      node('Gather', `table at${FIRST}`, 'asFirst', { axis: 1 }),
      node('Gather', `table at${LAST}`, 'asLast', { axis: 1 }),
      node('Gather', `table at${INSIDE}`, 'asInside', { axis: 1 }),
      node('Gather', `table at${BEFORE}`, 'asBefore', { axis: 1 }),
      node('Gather', `table at${AFTER}`, 'asAfter', { axis: 1 }),
      // Where the spans are. Row 0 of what stands before or after is for those at the border of their segment.
      node('Gather', 'spans at0', 'first', { axis: 1 }),
      node('Gather', 'spans at1', 'last', { axis: 1 }),
      node('Gather', 'spans at2', 'lower', { axis: 1 }),
      node('Gather', 'spans at3', 'upper', { axis: 1 }),
      node('Greater', 'first lower', 'hasBefore'),
      node('Where', 'hasBefore first zeros', 'beforeRow'),
      node('Add', 'last ones', 'end'),
      node('Less', 'end upper', 'hasAfter'),
      node('Add', 'last twos', 'afterEnd'),
      node('Where', 'hasAfter afterEnd zeros', 'afterRow'),
      node('Unsqueeze', 'first ones', 'firstColumn'),
      node('Unsqueeze', 'last ones', 'lastColumn'),
      node('Add', 'firstColumn steps', 'stepped'),
      node('LessOrEqual', 'stepped lastColumn', 'isInside'),
      node('Min', 'stepped lastColumn', 'insideRow'),
      node('Cast', 'isInside', 'inside', { to: 1 }),
      node('ReduceSum', 'inside ones', 'width', { keepdims: 1 }),
      node('Div', 'inside width', 'shares'),
      // What their words are worth in their roles.
      node('Gather', 'asFirst first', 'ofFirst', { axis: 0 }),
      node('Gather', 'asLast last', 'ofLast', { axis: 0 }),
      node('Gather', 'asInside insideRow', 'insideRows', { axis: 0 }),
      node('Unsqueeze', 'shares ones', 'shareRows'),
      node('MatMul', 'shareRows insideRows', 'meanInside'),
      node('Squeeze', 'meanInside ones', 'ofInside'),
      node('Concat', 'zeroRow asBefore', 'beforeTable', { axis: 0 }),
      node('Gather', 'beforeTable beforeRow', 'ofBefore', { axis: 0 }),
      node('Concat', 'zeroRow asAfter', 'afterTable', { axis: 0 }),
      node('Gather', 'afterTable afterRow', 'ofAfter', { axis: 0 }),
      // What they are as a whole: width, shapes, and what the same words were labelled.
      node('Gather', 'hashes widthAndShapes', 'wholeColumns', { axis: 1 }),
      node('Gather', 'spanWeightsAt wholeColumns', 'wholePlaces', { axis: 0 }),
      node('Gather', 'spanWeights wholePlaces', 'wholeRows', { axis: 0 }),
      node('ReduceSum', 'wholeRows ones', 'ofWhole', { keepdims: 0 }),
      node('Gather', 'hashes at2', 'spelled', { axis: 1 }),
      node('Gather', 'memoryAt spelled', 'memoryPlaces', { axis: 0 }),
      node('Gather', 'memory memoryPlaces', 'ofMemory', { axis: 0 }),
      // The prior: what the words inside cost, and names that stand beside.
      node('Gather', 'columns at0', 'identity', { axis: 1 }),
      node('Mod', 'identity slots', 'slot'),
      node('Gather', 'rare slot', 'isRare', { axis: 0 }),
      node('Mul', 'kinds twos', 'twiceKind'),
      node('Add', 'twiceKind isRare', 'manner'),
      node('Gather', 'costs manner', 'cost', { axis: 0 }),
      node('Gather', 'names manner', 'name', { axis: 0 }),
      node('Gather', 'cost insideRow', 'insideCosts', { axis: 0 }),
      node('Mul', 'insideCosts inside', 'ownCosts'),
      node('ReduceSum', 'ownCosts ones', 'insideCost', { keepdims: 0 }),
      node('Concat', 'zeroName name', 'nameTable', { axis: 0 }),
      node('Gather', 'nameTable beforeRow', 'nameBefore', { axis: 0 }),
      node('Gather', 'nameTable afterRow', 'nameAfter', { axis: 0 }),
      node('Gather', 'name first', 'nameFirst', { axis: 0 }),
      node('Gather', 'name last', 'nameLast', { axis: 0 }),
      node('Mul', 'nameBefore nameFirst', 'goesBack'),
      node('Mul', 'nameAfter nameLast', 'goesOn'),
      node('Add', 'goesBack goesOn', 'neighbours'),
      node('Mul', 'neighbours neighbour', 'neighbourCost'),
      node('Add', 'insideCost neighbourCost', 'allCosts'),
      node('Max', 'allCosts worst', 'prior'),
      node('Unsqueeze', 'prior ones', 'priorColumn'),
      node('Mul', 'priorColumn ofLabels', 'ofPrior'),
      node('Sum', 'ofFirst ofLast ofInside ofBefore ofAfter ofWhole ofMemory ofPrior intercept', 'scores'),
      node('Div', 'scores temperature', 'logits'),
      node('Softmax', 'logits', 'probabilities', { axis: 1 }),
    ],
    inputs: [
      { name: 'vectors', type: 'float32', dims: ['words', d] },
      { name: 'columns', type: 'int64', dims: ['words', WORD_FEATURES] },
      { name: 'kinds', type: 'int64', dims: ['words'] },
      { name: 'spans', type: 'int64', dims: ['spans', 4] },
      { name: 'hashes', type: 'int64', dims: ['spans', 3] },
    ],
    outputs: [{ name: 'probabilities', type: 'float32', dims: ['spans', n] }],
    metadata: { outcomes: JSON.stringify(outcomes), model: origin.model.hash, state: origin.state },
  });
  return {
    onnx,
    description: {
      format: 'marginalia-entity-head/1',
      ...origin,
      outcomes,
      examples: model.labelled,
      temperature,
      threshold: THRESHOLD,
      maxWidth: MAX_WIDTH,
      inputs: {
        vectors: `float32 [words, ${d}]: the mean of the vectors of the pieces that overlap each word`,
        columns: `int64 [words, ${WORD_FEATURES}]: hashed features of each word`,
        kinds: 'int64 [words]: 0 an ordinary word, 1 a capital at the start of a sentence, 2 a capital elsewhere',
        spans: 'int64 [spans, 4]: first and last word, and the first word of their segment and of the next one',
        hashes: 'int64 [spans, 3]: hashes of the width, of the shapes and of the words',
      },
      hashing: { columns: COLUMNS, words: WORD_HASHING, spans: SPAN_SALT },
    },
  };
}
