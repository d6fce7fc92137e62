import type { PassageInput } from '../learning/types.js';
import { updatedEntityHead } from '../learning/heads/entity-update.js';
import { SpanScorer } from '../learning/heads/entity.js';
import { basisOf, entityExample, fitClasses, lineOf, outgrown, stateOf } from './heads.js';
import type { FitOptions, Heads, Training } from './heads.js';
import { inputsOf, wholeInputsOf } from './inputs.js';
import type { Entry } from './pool.js';

/** Labelled passages from which on a fit of entities takes longer than anybody should wait. */
const SLOW_FROM = 60;
/** With more new ones than this it is time for a fit. */
const MOST_NEW = 8;

/**
 * What can be learned in a moment from a verdict or two: class heads are fitted, the entity head takes in what is new
 * (entity-update.ts), relations stay as they are. For the first look at the queue; fitHeads goes on from there. Undefined
 * where fitHeads is as quick, or more has changed.
 * @param before what the previous heads were made from
 */
export async function quickHeads(
  { project, pool, vectors, training, embedded, seed, previous }: FitOptions,
  before: readonly Training[],
): Promise<Heads | undefined> {
  const state = stateOf(training);
  const basis = basisOf(project, vectors.info.hash, seed);
  if (previous?.entities.head.model?.curvature === undefined || training.length < SLOW_FROM) return undefined;
  if (previous.state === state || previous.basis !== basis || outgrown(previous, embedded)) return undefined;
  const known = new Set(before.map(lineOf));
  const fresh = training.filter((said) => !known.has(lineOf(said)));
  if (fresh.length === 0 || fresh.length > MOST_NEW) return undefined;
  const labelled = [...new Set(training.map(({ passage }) => passage.entry))];
  const whole = new Map((await wholeInputsOf(labelled, pool, vectors)).map(({ entry, input }) => [entry, input]));
  const news = [...new Set(fresh.map(({ passage }) => passage.entry))];
  const worded = new Map((await inputsOf(news, pool, vectors)).map(({ entry, input }) => [entry, input]));
  const input = (entry: Entry): PassageInput => worded.get(entry)!;
  return {
    ...previous,
    state,
    settledOn: undefined,
    quick: true,
    classes: fitClasses(
      project,
      previous.spaces,
      training.filter(({ passage }) => whole.has(passage.entry)),
      whole,
      previous,
    ),
    entities: new SpanScorer(
      updatedEntityHead(
        previous.entities.head,
        fresh.filter(({ passage }) => worded.has(passage.entry)).map((said) => entityExample(said, input)),
        seed,
      ),
    ),
  };
}
