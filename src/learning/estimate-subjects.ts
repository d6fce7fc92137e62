import type { Calibration } from './calibration.js';
import { suggestedSpans } from './decode.js';
import { best } from './distribution.js';
import type { Outcome, Subject } from './estimate.js';
import type { ClassSpace } from './features/class.js';
import type { WordSpace } from './features/entity.js';
import { featuresOf } from './features/passages.js';
import { classProbabilities, fitClassHead, type ClassExample, type ClassHead, type ClassTask } from './heads/class.js';
import { fitEntityHead, SpanScorer, type EntityExample } from './heads/entity.js';
import type { Signature } from './features/pairs.js';
import { fitRelationHead, RelationScorer, type Link, type RelationExample } from './heads/relation.js';
import { uncertainty } from './strategies/uncertainty.js';
import { NONE, type Mention, type PassageInput } from './types.js';

/**
 * Classes, entities and relations as estimates and stopping rules see them: a head is fitted on some of the labelled
 * passages, judged on others, and looked at on passages that nobody has labelled.
 */

/** What people said about one passage. */
export interface LabelledItem {
  readonly passage: PassageInput;
  /** By class of the project; undefined where nobody said anything. */
  readonly classes: readonly (Omit<ClassExample, 'row'> | undefined)[];
  /** One for each person's view. */
  readonly entities: readonly Omit<EntityExample, 'passage'>[];
  readonly relations: readonly Omit<RelationExample, 'passage'>[];
}

/**
 * Each subject's `calibration` is that of the head in use, taken over by all heads that are fitted here: calibrating every
 * one of them would cost as much as everything else. Without it each is calibrated.
 */

/** How a head sees passages that nobody has labelled. */
export interface StopView {
  /** Outcomes decided on, the same places in the same order for every head of a subject. */
  readonly decisions: Int32Array;
  /** For each passage with something to decide: entropy of what is decided least, as a share of the highest possible. */
  readonly uncertainty: readonly number[];
}

export interface ReportedSubject<Head> extends Subject<Head> {
  /** Whether a labelled passage teaches the head anything. */
  teaches(item: number): boolean;
  look(head: Head): StopView;
}

/** A class of the project, `index` among the classes of the items. */
export function classSubject(
  index: number,
  task: ClassTask,
  space: ClassSpace,
  items: readonly LabelledItem[],
  stopSet: readonly PassageInput[],
  calibration?: Calibration,
): ReportedSubject<ClassHead> {
  const features = featuresOf([...items.map(({ passage }) => passage), ...stopSet], space);
  const stopRows = stopSet.map((_, i) => items.length + i);
  const { values, multiple } = task;
  const classes = multiple ? 2 : values.length;
  return {
    teaches: (item) => items[item]!.classes[index] !== undefined,
    fit: (passages) =>
      fitClassHead(
        task,
        features,
        passages.flatMap((row): ClassExample[] => {
          const said = items[row]!.classes[index];
          return said === undefined ? [] : [{ row, ...said }];
        }),
        undefined,
        calibration,
      ),
    judge: (head, item) => {
      const said = items[item]!.classes[index];
      if (said === undefined || (multiple ? said.scope === undefined : said.values.length === 0)) return undefined;
      const probabilities = classProbabilities(head, features, [item]);
      if (!multiple) return { hits: said.values.includes(values[top(probabilities[0]!)]!) ? 1 : 0, total: 1 };
      const given = new Set(said.values);
      const guessed = values.filter((_, k) => top(probabilities[k]!) === 0);
      return overlap(given, guessed);
    },
    look: (head) => {
      const byModel = classProbabilities(head, features, stopRows);
      const decisions = byModel.flatMap((probabilities) =>
        stopRows.map((_, i) => top(probabilities, i * classes, classes)),
      );
      const doubt = (i: number): number =>
        Math.max(...byModel.map((probabilities) => relativeEntropy(probabilities, i * classes, classes)));
      return { decisions: Int32Array.from(decisions), uncertainty: stopRows.map((_, i) => doubt(i)) };
    },
  };
}

/** The entities: what is suggested against what was accepted, in the scope of the review. Exact match. */
export function entitySubject(
  labels: readonly string[],
  space: WordSpace,
  seed: number,
  items: readonly LabelledItem[],
  stopSet: readonly PassageInput[],
  calibration?: Calibration,
): ReportedSubject<SpanScorer> {
  return {
    teaches: (item) =>
      items[item]!.entities.some(
        ({ entities, rejected, scope }) => scope !== undefined || entities.length > 0 || (rejected?.length ?? 0) > 0,
      ),
    fit: (passages) =>
      new SpanScorer(
        fitEntityHead(
          labels,
          space,
          passages.flatMap((item) => items[item]!.entities.map((said) => ({ passage: items[item]!.passage, ...said }))),
          seed,
          undefined,
          calibration,
        ),
      ),
    judge: (scorer, item) => {
      const { passage, entities } = items[item]!;
      const said = entities.find(({ scope }) => scope !== undefined);
      if (said?.scope === undefined) return undefined;
      const { scope, untaught = [] } = said;
      const inScope = (mention: Mention): boolean => scope.includes(mention.label) && labels.includes(mention.label);
      const guessed = suggestedSpans(scorer.head, passage, scorer.score(passage))
        .filter(inScope)
        .filter(({ start, end }) => !untaught.some((other) => other.start < end && start < other.end));
      const { hits, total } = overlap(new Set(said.entities.filter(inScope).map(mentionKey)), guessed.map(mentionKey));
      // No candidate stands for a discontinuous entity: it is missed.
      return { hits, total: total + untaught.length };
    },
    look: (scorer) => {
      const decisions: number[] = [];
      const doubts: number[] = [];
      for (const passage of stopSet) {
        const scores = scorer.score(passage);
        let doubt = 0;
        for (let i = 0; i < scores.count; i++)
          doubt = Math.max(doubt, relativeEntropy(scores.probabilities, i * scores.outcomes, scores.outcomes));
        if (scores.count > 0) doubts.push(doubt);
        const suggested = suggestedSpans(scorer.head, passage, scores);
        for (const { start, end } of passage.words) {
          const over = suggested.find((span) => span.start < end && start < span.end);
          decisions.push(over === undefined ? labels.length : labels.indexOf(over.label));
        }
      }
      return { decisions: Int32Array.from(decisions), uncertainty: doubts };
    },
  };
}

/**
 * The relations between the entities that the person gave, in the scope of the review.
 * @param mentions of the stop set's passages: the same for every head, or their decisions could not be compared
 */
export function relationSubject(
  signatures: readonly Signature[],
  space: WordSpace,
  seed: number,
  items: readonly LabelledItem[],
  stopSet: readonly PassageInput[],
  mentions: readonly (readonly Mention[])[],
  calibration?: Calibration,
): ReportedSubject<RelationScorer> {
  return {
    teaches: (item) =>
      items[item]!.relations.some(
        ({ mentions: given, relations, rejected, scope }) =>
          (scope !== undefined && given.length > 1) || relations.length > 0 || (rejected?.length ?? 0) > 0,
      ),
    fit: (passages) =>
      new RelationScorer(
        fitRelationHead(
          signatures,
          space,
          passages.flatMap((item) =>
            items[item]!.relations.map((said) => ({ passage: items[item]!.passage, ...said })),
          ),
          seed,
          undefined,
          calibration,
        ),
      ),
    judge: (scorer, item) => {
      const { passage, relations } = items[item]!;
      const said = relations.find(({ scope }) => scope !== undefined);
      if (said?.scope === undefined) return undefined;
      const { scope } = said;
      const key = ({ head, tail, label }: Link): string => {
        const symmetric = signatures.some((signature) => signature.label === label && signature.symmetric);
        return JSON.stringify([label, ...(symmetric ? [head, tail].sort((a, b) => a - b) : [head, tail])]);
      };
      const inScope = ({ label }: Link): boolean =>
        scope.includes(label) && signatures.some((signature) => signature.label === label);
      const guessed = scorer.score(passage, said.mentions).flatMap(({ head, tail, distribution }): Link[] => {
        const { label } = best(distribution);
        return label === NONE ? [] : [{ head, tail, label }];
      });
      return overlap(new Set(said.relations.filter(inScope).map(key)), guessed.filter(inScope).map(key));
    },
    look: (scorer) => {
      const decisions: number[] = [];
      const doubts: number[] = [];
      stopSet.forEach((passage, i) => {
        const scored = scorer.score(passage, mentions[i]!);
        for (const { distribution } of scored)
          decisions.push(signatures.findIndex(({ label }) => label === best(distribution).label));
        if (scored.length > 0)
          doubts.push(
            Math.max(
              ...scored.map(({ distribution }) => {
                const probabilities = Object.values(distribution);
                return relativeEntropy(probabilities, 0, probabilities.length);
              }),
            ),
          );
      });
      return { decisions: Int32Array.from(decisions), uncertainty: doubts };
    },
  };
}

/** What both hold, of all that either holds. */
function overlap(truth: ReadonlySet<string>, guesses: readonly string[]): Outcome {
  const hits = guesses.filter((guess) => truth.has(guess)).length;
  return { hits, total: truth.size + guesses.length - hits };
}

function mentionKey({ start, end, label }: Mention): string {
  return JSON.stringify([start, end, label]);
}

function top(probabilities: ArrayLike<number>, at = 0, count = probabilities.length): number {
  let likeliest = 0;
  for (let k = 1; k < count; k++) if (probabilities[at + k]! > probabilities[at + likeliest]!) likeliest = k;
  return likeliest;
}

/** Entropy as a share of the highest possible; 0 for a single outcome. */
function relativeEntropy(probabilities: ArrayLike<number>, at: number, count: number): number {
  return count < 2 ? 0 : uncertainty('entropy', probabilities, at, count) / Math.log(count);
}
