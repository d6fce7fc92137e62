import type { Calibration } from './calibration.js';
import { suggestedSpans } from './decode.js';
import { crossFit, estimate, type Estimate, type Measure } from './estimate.js';
import {
  classSubject,
  entitySubject,
  relationSubject,
  type LabelledItem,
  type ReportedSubject,
} from './estimate-subjects.js';
import type { ClassSpace } from './features/class.js';
import type { WordSpace } from './features/entity.js';
import type { ClassTask } from './heads/class.js';
import type { Signature } from './features/pairs.js';
import {
  curvePoints,
  curveSizes,
  expectedGain,
  fitPowerLaw,
  labelsFor,
  type Gain,
  type PowerLaw,
} from './learning-curve.js';
import { stoppingAdvice, type StoppingAdvice, type StoppingRound } from './stopping.js';
import type { Mention, PassageInput } from './types.js';

/** Everything that is estimated, for each task of a project. Plain data in and out: it may cross to another thread. */

export interface ReportInput {
  readonly seed: number;
  readonly target?: number | undefined;
  readonly classSpace: ClassSpace;
  readonly wordSpace: WordSpace;
  readonly classes: readonly (ClassTask & { readonly label: string; readonly calibration?: Calibration })[];
  readonly entities: readonly string[];
  readonly relations: readonly Signature[];
  /** Of the heads in use (see estimate-subjects.ts). */
  readonly calibration?: { readonly entities: Calibration; readonly relations: Calibration };
  /** Labelled passages in the order in which they were labelled. */
  readonly items: readonly LabelledItem[];
  /** For each item, whether it may be judged: synthetic passages may not. */
  readonly natural: readonly boolean[];
  /** For each item, whether it belongs to a random sample of the corpus. */
  readonly random: readonly boolean[];
  /** Passages that nobody has labelled, drawn at random. */
  readonly stopSet: readonly PassageInput[];
}

export interface CurveEstimate extends Estimate {
  /** Labelled passages that the heads were fitted on. */
  readonly labels: number;
}

export interface TaskReport {
  readonly kind: 'class' | 'entity' | 'relation';
  /** Of a class, its label. */
  readonly name?: string;
  readonly measure: Measure;
  /** Labelled passages that teach this task. */
  readonly labels: number;
  /**
   * What the scores were measured on: a random sample of the corpus, or, while that is too small, all labelled passages,
   * most of which a strategy has chosen: then the scores are biased, mostly downwards, since it chooses what is hard.
   */
  readonly basis: 'random' | 'chosen';
  /** The heads of now, each judged on passages that it has not seen. */
  readonly estimate: CurveEstimate | undefined;
  /** The same with fewer labels, ascending; the last one is the estimate. */
  readonly curve: readonly CurveEstimate[];
  readonly law: PowerLaw | undefined;
  /** What a further hundred labels would likely bring. */
  readonly gain: Gain | undefined;
  /** Labels still missing to the target by the law; Infinity where it never reaches it, undefined without either. */
  readonly missing: number | undefined;
  readonly advice: StoppingAdvice;
  /** Of each passage of the stop set with something to decide: entropy of the least certain, as a share of the highest. */
  readonly uncertainty: readonly number[];
}

/** Fewer randomly chosen passages than this say too little on their own. */
export const LEAST_RANDOM = 10;
const FURTHER = 100;
const FOLDS = 5;
/** Labels between the heads that stability compares; fewer while there are few. */
const ROUND = 25;

/** The reports, task by task. A generator, so that the caller can rest, or give up, between fits. */
export function* report(input: ReportInput): Generator<void, TaskReport[]> {
  const { calibration, classes, entities, relations, items, stopSet, seed, wordSpace } = input;
  const reports: TaskReport[] = [];
  for (const [index, task] of classes.entries()) {
    const subject = classSubject(index, task, input.classSpace, items, stopSet, task.calibration);
    const measure = task.multiple ? 'micro-f1' : 'accuracy';
    reports.push(yield* reportOn({ kind: 'class', name: task.label, measure }, subject, input));
  }
  if (entities.length === 0) return reports;
  const spans = entitySubject(entities, wordSpace, seed, items, stopSet, calibration?.entities);
  reports.push(yield* reportOn({ kind: 'entity', measure: 'micro-f1' }, spans, input));
  if (relations.length === 0) return reports;
  const scorer = spans.fit([...items.keys()].filter((item) => spans.teaches(item)));
  yield;
  const mentions = stopSet.map((passage): Mention[] => suggestedSpans(scorer.head, passage, scorer.score(passage)));
  const pairs = relationSubject(relations, wordSpace, seed, items, stopSet, mentions, calibration?.relations);
  reports.push(yield* reportOn({ kind: 'relation', measure: 'micro-f1' }, pairs, input));
  return reports;
}

function* reportOn<Head>(
  task: Pick<TaskReport, 'kind' | 'name' | 'measure'>,
  subject: ReportedSubject<Head>,
  { items, natural, random, seed, target }: ReportInput,
): Generator<void, TaskReport> {
  const { measure } = task;
  const order = [...items.keys()].filter((item) => subject.teaches(item));
  const candidates = order.filter((item) => natural[item]);
  const drawn = candidates.filter((item) => random[item]);
  const basis = drawn.length >= LEAST_RANDOM ? 'random' : 'chosen';
  const judged = basis === 'random' ? drawn : candidates;
  const sizes = curveSizes(order.length);
  const fits = judged.length < 2 ? [] : yield* crossFit(subject, { order, judged, sizes, folds: FOLDS, seed });
  const curve = fits.flatMap(({ labels, outcomes }): CurveEstimate[] => {
    const found = estimate(
      measure,
      outcomes.filter((outcome) => outcome !== undefined),
    );
    return found === undefined ? [] : [{ labels, ...found }];
  });
  const now = curve.at(-1);
  const law = fitPowerLaw(curvePoints(measure, fits));
  const rounds = yield* stoppingRounds(subject, order);
  const quality = { target, interval: basis === 'random' ? now : undefined };
  const needed = law === undefined || target === undefined ? undefined : labelsFor(law, target);
  return {
    ...task,
    labels: order.length,
    basis,
    estimate: now,
    curve,
    law,
    gain: expectedGain(measure, fits, order.length, FURTHER, seed),
    missing: needed === undefined ? undefined : Math.max(0, needed - order.length),
    advice: stoppingAdvice(rounds, quality),
    uncertainty: rounds.at(-1)?.view ?? [],
  };
}

/** The last four heads that there were, a round of labels apart, and how each sees the stop set. */
function* stoppingRounds<Head>(
  subject: ReportedSubject<Head>,
  order: readonly number[],
): Generator<void, (StoppingRound & { readonly view: readonly number[] })[]> {
  const step = Math.min(ROUND, Math.floor(order.length / 4));
  const rounds: (StoppingRound & { readonly view: readonly number[] })[] = [];
  for (const back of step === 0 ? [0] : [3, 2, 1, 0]) {
    const labels = order.length - back * step;
    if (labels === 0) continue;
    const { decisions, uncertainty: view } = subject.look(subject.fit(order.slice(0, labels)));
    yield;
    if (view.length === 0) continue;
    const mean = view.reduce((sum, doubt) => sum + doubt, 0) / view.length;
    rounds.push({ labels, decisions, uncertainty: mean, view });
  }
  return rounds;
}
