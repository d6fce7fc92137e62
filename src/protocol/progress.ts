import { z } from 'zod';

/** What a person should know about how far they are: the result of the request `progress`. All scores lie in [0, 1]. */

const share = z.number().min(0).max(1);

/** A score with its interval of 95 %. */
export const ScoreEstimate = z.object({
  measure: z.enum(['accuracy', 'micro-f1']),
  score: share,
  low: share,
  high: share,
  /** Passages that it was measured on. */
  passages: z.int(),
  /** Labelled passages that the head was fitted on. */
  labels: z.int(),
});

export const StoppingRule = z.object({
  name: z.enum(['stability', 'uncertainty', 'target']),
  /** Absent while there is not enough to tell. */
  value: z.number().optional(),
  threshold: z.number(),
  met: z.boolean(),
  /** One sentence. */
  message: z.string(),
});

export const TaskProgress = z.object({
  kind: z.enum(['class', 'entity', 'relation']),
  /** Of a class, its label. */
  name: z.string().optional(),
  /** Labelled passages that teach this task. */
  labels: z.int(),
  /**
   * 'random': measured on a random sample of the corpus; 'chosen': on passages that a strategy chose, so that the scores
   * are biased, mostly downwards. Whoever shows them must say so.
   */
  basis: z.enum(['random', 'chosen']),
  estimate: ScoreEstimate.optional(),
  /** Scores with fewer labels, ascending. */
  curve: z.array(ScoreEstimate),
  /** score = asymptote − scale·labels^−rate. */
  law: z.object({ asymptote: z.number(), scale: z.number(), rate: z.number() }).optional(),
  /** What that many further labels would likely bring. */
  gain: z.object({ labels: z.int(), score: z.number(), low: z.number(), high: z.number() }).optional(),
  /** Labels still missing to the target by the law; null where it never gets there. */
  missing: z.int().nullable().optional(),
  advice: z.object({
    verdict: z.enum(['continue', 'stop', 'plateau']),
    /** One sentence. */
    message: z.string(),
    rules: z.array(StoppingRule),
  }),
  /**
   * Passages of a random sample that nobody has labelled, by the entropy of what is least certain in them as a share of
   * the highest possible: ten bins of equal width from 0 to 1.
   */
  uncertainty: z.array(z.int()).length(10),
});
export type TaskProgress = z.infer<typeof TaskProgress>;

export const Progress = z.object({
  /** Passages of the corpus, made-up ones left out. */
  passages: z.int(),
  /** Of these, reviewed by the annotator or accepted by somebody. */
  reviewed: z.int(),
  /** Reviewed passages that are a random sample of the corpus. */
  random: z.int(),
  /** Made-up passages that were accepted; no estimate is measured on them. */
  synthetic: z.int(),
  /** Accepted labels; of a class, one for each value. */
  balance: z.array(
    z.object({
      kind: z.enum(['class', 'entity', 'relation']),
      label: z.string(),
      value: z.string().optional(),
      count: z.int(),
    }),
  ),
  /** The annotator's latest pace, absent before the fourth verdict. */
  pace: z
    .object({
      /** Seconds that a verdict takes. */
      seconds: z.number(),
      perHour: z.number(),
      /** Seconds until the queue is empty at that pace. */
      left: z.number(),
    })
    .optional(),
  /** The target that the user has set. */
  target: share.optional(),
  tasks: z.array(TaskProgress),
  /** Whether the tasks' numbers are of the labels as they are now, or are being brought up to date. */
  current: z.boolean(),
  working: z.boolean(),
});
export type Progress = z.infer<typeof Progress>;
