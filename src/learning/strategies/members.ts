import { selectFeatures, type ClassFeatures } from '../features/class.js';
import { splitWeights, VECTOR_ROLES } from '../features/entity.js';
import { relationFeatures } from '../features/relation.js';
import { scaledRows, unscaleWeights, type Scale } from '../features/scale.js';
import { CLASS_C, fitClassHead, type ClassExample, type ClassHead } from '../heads/class.js';
import { ENTITY_C, fitEntityHead, type EntityExample, type EntityHead } from '../heads/entity.js';
import { candidatePairs } from '../features/pairs.js';
import { fitRelationHead, RELATION_C, type RelationExample, type RelationHead } from '../heads/relation.js';
import { backSubstitute, cholesky } from '../linear/cholesky.js';
import type { DenseRows } from '../linear/design.js';
import { combine32, Random } from '../random.js';
import type { PassageInput } from '../types.js';
import type { MemberKind } from './query.js';

/**
 * Other heads that the same labels allow for (MemberKind), each an ordinary head, so that it scores what the head scores:
 *
 * | kind      | a member is                                                                              |
 * | --------- | ---------------------------------------------------------------------------------------- |
 * | bootstrap | fitted on a Poisson bootstrap of the labels: each counts 0, 1, 2 … times (Oza & Russell 2001) |
 * | ensemble  | fitted on a random half of the vectors' dimensions: random subspaces (Ho 1998)           |
 * | laplace   | the head moved by a draw from a Gaussian posterior of its weights on the vectors (below) |
 * | dropout   | the head with each of its inputs left out with probability DROPOUT, the others scaled up; one mask for all items |
 *
 * Laplace: a normal around the fitted weights whose precision is the Hessian of the loss, bounded by ½·XᵀX for each class
 * (Böhning, "Multinomial logistic regression algorithm", 1992) plus the head's own penalty 1/C: cheap to factor, as it is
 * as wide as a vector, and rather too narrow than too wide. Weights on lexical features stay as they are. For spans, X holds the
 * words of the labelled passages, once for each role that a word can play.
 */
export const MEMBERS = 8;
export const DROPOUT = 0.2;
const CURVATURE = 0.5;

/** Members around a class head. `examples` are what it was fitted on, as rows of `features`. */
export function classMembers(
  kind: MemberKind,
  head: ClassHead,
  features: ClassFeatures,
  examples: readonly ClassExample[],
  seed: number,
): ClassHead[] {
  const { scale } = features.space;
  const d = scale.mean.length;
  switch (kind) {
    case 'bootstrap':
      return each(seed, (random) =>
        fitClassHead(head.task, features, bootstrapped(examples, random), head, head.calibration),
      );
    case 'ensemble': {
      const rows = examples.map(({ row }) => row);
      const own = examples.map((example, row) => ({ ...example, row }));
      const selected = selectFeatures(features, rows);
      return each(seed, (random) => {
        const vectors = halved(selected.vectors, scale, random);
        return fitClassHead(head.task, { ...selected, vectors }, own, undefined, head.calibration);
      });
    }
    case 'laplace': {
      const rows = [...new Set(examples.map(({ row }) => row))];
      const posterior = posteriorOf(scaledRows(features.vectors, scale, rows), CLASS_C);
      return each(seed, (random) => ({
        ...head,
        models: head.models.map((model) => {
          const { weights, constants } = unscaleWeights(posterior(random, model.classes), scale);
          return {
            ...model,
            dense: model.dense.map((w, i) => w + weights[i]!),
            intercept: model.intercept.map((b, k) => b + constants[k]!),
          };
        }),
      }));
    }
    case 'dropout':
      return each(seed, (random) => ({
        ...head,
        models: head.models.map((model) => {
          const mask = dropoutMask(d, random);
          const columns = dropoutMask(model.columns.length, random);
          const intercept = Float64Array.from(model.intercept);
          // What is left out counts as the mean of the pool, not as zero.
          const dense = model.dense.map((w, i) => {
            const k = Math.floor(i / d);
            intercept[k]! += w * scale.mean[i % d]! * (1 - mask[i % d]!);
            return w * mask[i % d]!;
          });
          const sparse = model.sparse.map((w, i) => w * columns[Math.floor(i / model.classes)]!);
          return { ...model, dense, sparse, intercept };
        }),
      }));
  }
}

/** Members around an entity head; only the head itself where it has learned nothing yet. */
export function entityMembers(
  kind: MemberKind,
  head: EntityHead,
  examples: readonly EntityExample[],
  seed: number,
): EntityHead[] {
  const { labels, space, model } = head;
  if (model === undefined) return [head];
  const d = space.scale.mean.length;
  const classes = labels.length + 1;
  const moved = (weights: Float64Array): EntityHead => ({
    ...head,
    model: { ...model, fitted: { ...model.fitted, weights } },
  });
  switch (kind) {
    case 'bootstrap':
      return each(seed, (random) =>
        fitEntityHead(labels, space, bootstrapped(examples, random), seed, head, head.calibration),
      );
    case 'ensemble':
      return each(seed, (random) => {
        const mask = halfOf(d, random);
        const seen = examples.map((example) => ({ ...example, passage: seenBy(mask, example.passage, space.scale) }));
        return fitEntityHead(labels, space, seen, seed, undefined, head.calibration);
      });
    case 'laplace': {
      const posterior = posteriorOf(wordRows(examples, space.scale), ENTITY_C);
      return each(seed, (random) => {
        const weights = Float64Array.from(model.fitted.weights);
        const drawn = posterior(random, VECTOR_ROLES * classes);
        drawn.forEach((w, i) => (weights[i]! += w));
        return moved(weights);
      });
    }
    case 'dropout':
      return each(seed, (random) => {
        const weights = Float64Array.from(model.fitted.weights);
        const parts = splitWeights(weights, classes, d, model.words.length);
        const masks = {
          vectors: dropoutMask(d, random),
          words: dropoutMask(model.words.length, random),
          spans: dropoutMask(model.spans.length, random),
        };
        multiply(parts.vectors, (i) => masks.vectors[i % d]!);
        const perWord = parts.words.length / Math.max(1, model.words.length);
        multiply(parts.words, (i) => masks.words[Math.floor(i / perWord)]!);
        multiply(parts.spans, (i) => masks.spans[Math.floor(i / classes)]!);
        return moved(weights);
      });
  }
}

/** Members around a relation head; only the head itself where it has learned nothing yet. */
export function relationMembers(
  kind: MemberKind,
  head: RelationHead,
  examples: readonly RelationExample[],
  seed: number,
): RelationHead[] {
  const { signatures, space, model } = head;
  if (model === undefined) return [head];
  const classes = signatures.length + 1;
  const width = 4 * space.scale.mean.length;
  const moved = (weights: Float64Array): RelationHead => ({
    ...head,
    model: { ...model, fitted: { ...model.fitted, weights } },
  });
  switch (kind) {
    case 'bootstrap':
      return each(seed, (random) =>
        fitRelationHead(signatures, space, bootstrapped(examples, random), seed, head, head.calibration),
      );
    case 'ensemble':
      return each(seed, (random) => {
        const mask = halfOf(space.scale.mean.length, random);
        const seen = examples.map((example) => ({ ...example, passage: seenBy(mask, example.passage, space.scale) }));
        return fitRelationHead(signatures, space, seen, seed, undefined, head.calibration);
      });
    case 'laplace': {
      const pairs = examples.map(({ passage, mentions }) => ({
        passage,
        mentions,
        pairs: candidatePairs(signatures, passage, mentions),
      }));
      const posterior = posteriorOf(relationFeatures(pairs, space).dense, RELATION_C);
      return each(seed, (random) => {
        const weights = Float64Array.from(model.fitted.weights);
        posterior(random, classes).forEach((w, i) => (weights[i]! += w));
        return moved(weights);
      });
    }
    case 'dropout':
      return each(seed, (random) => {
        const weights = Float64Array.from(model.fitted.weights);
        const dense = dropoutMask(width, random);
        const columns = dropoutMask(model.columns.length, random);
        multiply(weights.subarray(0, classes * width), (i) => dense[i % width]!);
        multiply(weights.subarray(classes * width), (i) => columns[Math.floor(i / classes)]!);
        return moved(weights);
      });
  }
}

function each<T>(seed: number, make: (random: Random) => T): T[] {
  return Array.from({ length: MEMBERS }, (_, m) => make(new Random(combine32(seed, m + 1))));
}

/** A Poisson bootstrap: each example as often as a Poisson variable of mean 1 says; all of them where that leaves none. */
export function bootstrapped<T>(examples: readonly T[], random: Random): T[] {
  const result = examples.flatMap((example) => Array.from({ length: poisson(random) }, () => example));
  return result.length > 0 ? result : [...examples];
}

/** A Poisson variable of mean 1, by inversion. */
function poisson(random: Random): number {
  let rest = random.uniform();
  let chance = Math.exp(-1);
  let k = 0;
  while (rest >= chance && k < 20) {
    rest -= chance;
    chance /= ++k;
  }
  return k;
}

/** 0 for what is left out, 1/(1 − DROPOUT) for the rest. */
function dropoutMask(size: number, random: Random): Float64Array {
  return Float64Array.from({ length: size }, () => (random.uniform() < DROPOUT ? 0 : 1 / (1 - DROPOUT)));
}

/** 1 for a random half of the dimensions. */
function halfOf(size: number, random: Random): Uint8Array {
  const mask = new Uint8Array(size);
  for (const i of random.shuffled(mask.keys()).slice(0, Math.ceil(size / 2))) mask[i] = 1;
  return mask;
}

/** Vectors whose other half is at the mean of the pool, and so teaches nothing. */
function halved({ rows, dimensions: d, data }: DenseRows, { mean }: Scale, random: Random): DenseRows {
  const mask = halfOf(d, random);
  return { rows, dimensions: d, data: Float64Array.from(data, (x, i) => (mask[i % d] === 1 ? x : mean[i % d]!)) };
}

function seenBy(mask: Uint8Array, passage: PassageInput, { mean }: Scale): PassageInput {
  const d = mask.length;
  return { ...passage, wordVectors: passage.wordVectors.map((x, i) => (mask[i % d] === 1 ? x : mean[i % d]!)) };
}

/** The scaled word vectors of passages. */
function wordRows(examples: readonly EntityExample[], scale: Scale): DenseRows {
  const d = scale.mean.length;
  const passages = new Set(examples.map(({ passage }) => passage));
  const rows = [...passages].reduce((sum, { words }) => sum + words.length, 0);
  const data = new Float32Array(rows * d);
  let at = 0;
  for (const { wordVectors } of passages) {
    data.set(wordVectors, at);
    at += wordVectors.length;
  }
  return scaledRows(
    { rows, dimensions: d, data },
    scale,
    Array.from({ length: rows }, (_, i) => i),
  );
}

/** Draws of outputs × dimensions weights from N(0, (½·XᵀX + I/C)⁻¹), each output on its own. */
function posteriorOf(
  { rows, dimensions: d, data }: DenseRows,
  C: number,
): (random: Random, outputs: number) => Float64Array {
  const precision = new Float64Array(d * d);
  for (let r = 0; r < rows; r++) {
    for (let i = 0; i < d; i++) {
      const x = CURVATURE * data[r * d + i]!;
      if (x === 0) continue;
      for (let j = 0; j <= i; j++) precision[i * d + j]! += x * data[r * d + j]!;
    }
  }
  for (let i = 0; i < d; i++) precision[i * d + i]! += 1 / C;
  cholesky(precision, d);
  return (random, outputs) => {
    const draws = Float64Array.from({ length: outputs * d }, () => normal(random));
    for (let o = 0; o < outputs; o++) backSubstitute(precision, d, draws.subarray(o * d, (o + 1) * d));
    return draws;
  };
}

/** A standard normal variable (Box & Muller 1958). */
function normal(random: Random): number {
  return Math.sqrt(-2 * Math.log(1 - random.uniform())) * Math.cos(2 * Math.PI * random.uniform());
}

function multiply(values: Float64Array, factor: (i: number) => number): void {
  for (let i = 0; i < values.length; i++) values[i]! *= factor(i);
}
