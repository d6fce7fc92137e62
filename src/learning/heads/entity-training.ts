import type { Range } from '../../corpus/types.js';
import { EntityPrior, spanKey, wordRows, type SpanMemory, type SpanPlace, type WordSpace } from '../features/entity.js';
import { checkPassage, MAX_WIDTH, memoryColumn, segments, SpanHash, wordsCovered } from '../features/spans.js';
import { wordFeatures, type WordFeatures } from '../features/lexical.js';
import type { DenseRows, SparseRows } from '../linear/design.js';
import type { Mention, Partial, PassageInput } from '../types.js';

/** What people's answers teach the entity head, span by span. */

/** What people said about the entities of one passage. */
export interface EntityExample {
  readonly passage: PassageInput;
  readonly entities: readonly Mention[];
  readonly rejected?: readonly Mention[];
  /**
   * Labels in the scope of an accepting review: the rest of the passage is none of these (it may be a label that came
   * later). Undefined when nobody has accepted the passage: then only what is labelled or rejected teaches.
   */
  readonly scope?: readonly string[];
  /** Stretches of which nothing is known, such as the parts of a discontinuous entity: spans that overlap one do not teach. */
  readonly untaught?: readonly Range[];
}

/** More spans than this that are far from anything labelled are sampled, and weigh more in turn. */
const MAX_DISTANT = 20_000;

/** The rows of a fit: what fitSoftmax and SpanDesign take. Word indices count through the words of all examples. */
export interface TrainingSpans {
  /** Scaled. */
  readonly vectors: DenseRows;
  readonly words: SparseRows;
  readonly segments: readonly Range[];
  readonly places: readonly SpanPlace[];
  readonly partials: readonly Partial[];
  /** Which example each row is from. */
  readonly examples: readonly number[];
  /** The prior: rows × (labels and 'none'). */
  readonly offsets: Float64Array;
  readonly spans: SparseRows;
  readonly memory: SpanMemory;
  /** Spans with a label. */
  readonly labelled: number;
  /** Entities that no candidate span stands for. */
  readonly skipped: number;
}

/**
 * The spans to learn from. Spans that were told (labelled or rejected) and those that overlap one are all there; of the
 * others, a seeded sample where they are many.
 */
export function trainingSpans(
  labels: readonly string[],
  space: WordSpace,
  examples: readonly EntityExample[],
  seed: number,
): TrainingSpans {
  const none = labels.length;
  for (const { passage } of examples) checkPassage(space, passage);
  const taught = examples.map((example) => ({
    passage: example.passage,
    features: wordFeatures(example.passage),
    ...taughtSpans(labels, example),
  }));
  const distant = taught.reduce((sum, { spans }) => sum + spans.filter(({ kind }) => kind === 'distant').length, 0);
  const share = Math.min(1, MAX_DISTANT / distant);
  const tellings = whatWasTold(taught);

  const allSegments: Range[] = [];
  const places: SpanPlace[] = [];
  const partials: Partial[] = [];
  const origins: number[] = [];
  const offsets: number[] = [];
  const starts = [0];
  const columns: number[] = [];
  let base = 0;
  taught.forEach(({ passage, features, spans, pieces }, e) => {
    const prior = new EntityPrior(features, space);
    for (const { start, end } of pieces) allSegments.push({ start: base + start, end: base + end });
    for (const { first, last, lower, upper, allowed, kind } of spans) {
      const sampled = kind === 'distant' && share < 1;
      if (sampled && spanKey(passage.text, first, last, seed) / 0x1_0000_0000 >= share) continue;
      const logit = prior.logit(first, last, lower, upper);
      const own = spanColumns(features, first, last, tellings, e);
      for (const outcomes of allowed) {
        places.push({ first: base + first, last: base + last, lower: base + lower, upper: base + upper });
        origins.push(e);
        partials.push({ allowed: outcomes, weight: 1 / allowed.length / (sampled ? share : 1) });
        for (let k = 0; k < none; k++) offsets.push(logit);
        offsets.push(0);
        columns.push(...own);
        starts.push(columns.length);
      }
    }
    base += passage.words.length;
  });
  return {
    vectors: scaledWords(
      space,
      taught.map(({ passage }) => passage),
    ),
    words: wordRows(taught.map(({ features }) => features)),
    segments: allSegments,
    places,
    partials,
    examples: origins,
    offsets: Float64Array.from(offsets),
    spans: {
      starts: Uint32Array.from(starts),
      columns: Uint32Array.from(columns),
      values: new Float32Array(columns.length).fill(1),
    },
    memory: new Map([...tellings.labels].map(([words, given]) => [words, [...given.keys()].sort((a, b) => a - b)])),
    labelled: partials.filter(({ allowed }) => allowed.length === 1 && allowed[0] !== none).length,
    skipped: taught.reduce((sum, { skipped }) => sum + skipped, 0),
  };
}

function scaledWords({ scale }: WordSpace, passages: readonly PassageInput[]): DenseRows {
  const d = scale.mean.length;
  const rows = passages.reduce((sum, { words }) => sum + words.length, 0);
  const data = new Float32Array(rows * d);
  let at = 0;
  for (const { wordVectors } of passages) {
    for (let i = 0; i < wordVectors.length; i++) data[at++] = (wordVectors[i]! - scale.mean[i % d]!) * scale.factor;
  }
  return { rows, dimensions: d, data };
}

/** By SpanHash.words, the examples in which the words were given each label; by SpanHash.shapes, those that told of them. */
interface Tellings {
  readonly labels: Map<number, Map<number, Set<number>>>;
  readonly shapes: Map<number, Set<number>>;
}

function whatWasTold(
  taught: readonly { readonly features: WordFeatures; readonly spans: readonly TaughtSpan[] }[],
): Tellings {
  const labels: Tellings['labels'] = new Map();
  const shapes: Tellings['shapes'] = new Map();
  taught.forEach(({ features, spans }, e) => {
    for (const { first, last, kind, allowed } of spans) {
      if (kind !== 'told') continue;
      const hash = hashOf(features, first, last);
      shapes.set(hash.shapes, (shapes.get(hash.shapes) ?? new Set()).add(e));
      const given = labels.get(hash.words) ?? new Map<number, Set<number>>();
      // A rejection leaves several outcomes open: it gives no label.
      for (const [k, ...others] of allowed) {
        if (k !== undefined && others.length === 0) given.set(k, (given.get(k) ?? new Set()).add(e));
      }
      labels.set(hash.words, given);
    }
  });
  return { labels, shapes };
}

/** Columns of a span as a whole; of what was told, only what other examples told. */
function spanColumns(
  features: WordFeatures,
  first: number,
  last: number,
  { labels, shapes }: Tellings,
  example: number,
): number[] {
  const hash = hashOf(features, first, last);
  const elsewhere = (examples: ReadonlySet<number>) => examples.size > (examples.has(example) ? 1 : 0);
  const given = [...(labels.get(hash.words) ?? [])].filter(([, examples]) => elsewhere(examples));
  const columns = [hash.width, ...given.map(([k]) => memoryColumn(k))];
  if (elsewhere(shapes.get(hash.shapes) ?? new Set())) columns.push(hash.shapes);
  return [...new Set(columns)];
}

function hashOf(features: WordFeatures, first: number, last: number): SpanHash {
  const hash = new SpanHash();
  for (let w = first; w <= last; w++) hash.add(features, w);
  return hash;
}

/** In word indices of its passage. */
interface TaughtSpan extends SpanPlace {
  /** Sets of outcomes; several when people gave the span several labels, each then counts in part. */
  readonly allowed: readonly (readonly number[])[];
  /** Labelled or rejected, overlaps such a span, or neither. */
  readonly kind: 'told' | 'near' | 'distant';
}

/** What one passage teaches. */
function taughtSpans(
  labels: readonly string[],
  { passage, entities, rejected = [], scope, untaught = [] }: EntityExample,
): { spans: TaughtSpan[]; pieces: Range[]; skipped: number } {
  const none = labels.length;
  const every = [...labels.keys(), none];
  const rest = scope && every.filter((k) => k === none || !scope.includes(labels[k]!));
  const pieces = segments(passage);
  const gold = outcomesBySpan(labels, passage, pieces, entities);
  const wrong = outcomesBySpan(labels, passage, pieces, rejected);
  const near = touchedWords(passage, [...entities, ...rejected]);
  const unknown = touchedWords(passage, untaught);
  const spans: TaughtSpan[] = [];
  for (const { start: lower, end: upper } of pieces) {
    for (let first = lower; first < upper; first++) {
      let isNear = false;
      let isUnknown = false;
      for (let last = first; last < Math.min(upper, first + MAX_WIDTH); last++) {
        isNear ||= near[last] === 1;
        isUnknown ||= unknown[last] === 1;
        const given = gold.outcomes.get(spanNumber(first, last));
        const not = wrong.outcomes.get(spanNumber(first, last));
        const place = { first, last, lower, upper };
        if (given) {
          const allowed = [...given].sort((a, b) => a - b).map((k) => [k]);
          spans.push({ ...place, allowed, kind: 'told' });
        } else if (not) {
          const allowed = (isUnknown ? every : (rest ?? every)).filter((k) => !not.has(k));
          spans.push({ ...place, allowed: [allowed], kind: 'told' });
        } else if (rest && !isUnknown) {
          spans.push({ ...place, allowed: [rest], kind: isNear ? 'near' : 'distant' });
        }
      }
    }
  }
  return { spans, pieces, skipped: gold.skipped };
}

const spanNumber = (first: number, last: number) => first * MAX_WIDTH + (last - first);

/** Mentions of known labels by the candidate that stands for them, and how many no candidate stands for. */
function outcomesBySpan(
  labels: readonly string[],
  passage: PassageInput,
  pieces: readonly Range[],
  mentions: readonly Mention[],
): { outcomes: Map<number, Set<number>>; skipped: number } {
  const outcomes = new Map<number, Set<number>>();
  let skipped = 0;
  for (const mention of mentions) {
    const k = labels.indexOf(mention.label);
    if (k < 0) continue;
    const covered = wordsCovered(passage, mention);
    const isCandidate =
      covered !== undefined &&
      covered.last - covered.first < MAX_WIDTH &&
      pieces.some(({ start, end }) => start <= covered.first && covered.last < end);
    if (!isCandidate) {
      skipped++;
      continue;
    }
    const key = spanNumber(covered.first, covered.last);
    outcomes.set(key, (outcomes.get(key) ?? new Set()).add(k));
  }
  return { outcomes, skipped };
}

/** 1 for every word that one of the ranges covers or touches. */
function touchedWords(passage: PassageInput, ranges: readonly Range[]): Uint8Array {
  const touched = new Uint8Array(passage.words.length);
  for (const range of ranges) {
    const covered = wordsCovered(passage, range);
    if (covered) touched.fill(1, covered.first, covered.last + 1);
  }
  return touched;
}
