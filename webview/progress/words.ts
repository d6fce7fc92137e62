import type { Progress, TaskProgress } from '../../src/protocol/progress.js';

/** Numbers and names of the progress view in words. */

/** A share as people write it: '83.4 %'. */
export function percentage(share: number, digits = 1): string {
  return `${(100 * share).toFixed(digits)} %`;
}

/** '83.4 % (79.0 to 87.1)'. */
export function withInterval({ score, low, high }: { score: number; low: number; high: number }): string {
  return `${percentage(score)} (${(100 * low).toFixed(1)} to ${(100 * high).toFixed(1)})`;
}

/** Percentage points with their sign. */
export function points(gain: number): string {
  const text = (100 * gain).toFixed(1);
  return gain >= 0 ? `+${text}` : text.replace('-', '−');
}

export function taskName({ kind, name }: Pick<TaskProgress, 'kind' | 'name'>): string {
  return kind === 'class' ? (name ?? 'Class') : kind === 'entity' ? 'Entities' : 'Relations';
}

export const measureNames = { accuracy: 'Accuracy', 'micro-f1': 'Micro-F1' } as const;

/** '2 h 10 min', '45 min', 'under a minute'. */
export function duration(seconds: number): string {
  const minutes = Math.round(seconds / 60);
  if (minutes < 1) return 'under a minute';
  if (minutes < 60) return `${minutes} min`;
  const hours = Math.floor(minutes / 60);
  return minutes % 60 === 0 || hours >= 24 ? `${Math.round(minutes / 60)} h` : `${hours} h ${minutes % 60} min`;
}

export const verdictNames = { continue: 'Keep labelling', stop: 'You can stop', plateau: 'Plateau' } as const;
/** Told by shape as well as by word. */
export const verdictSigns = { continue: '▶', stop: '■', plateau: '▬' } as const;
export const ruleNames = {
  stability: 'Stable predictions',
  uncertainty: 'Little uncertainty',
  target: 'Target',
} as const;

/** What an estimate rests on, in one or two sentences, with a warning where it is no honest one. */
export function basisText({ basis, estimate }: TaskProgress, random: number): string {
  if (estimate === undefined)
    return 'No estimate yet: too few passages are labelled. Accept some more, and it comes by itself.';
  const heads = `by heads that had not seen them (fitted on up to ${estimate.labels} labelled passages)`;
  return basis === 'random'
    ? `Measured on ${passages(estimate.passages)} of a random sample of the corpus, ${heads}. The range holds the true value in 95 of 100 cases.`
    : `Not an honest estimate: too few passages of the random sample are labelled for it (the sample has ${passages(random)} so far). So it is measured on ${passages(estimate.passages)} that the strategy chose, ${heads}; such passages are harder than the corpus, and the score is mostly too low.`;
}

export function passages(count: number): string {
  return `${count} ${count === 1 ? 'passage' : 'passages'}`;
}

/** What another hundred labels would bring, or why nobody knows. */
export function gainText({ gain, curve }: TaskProgress): string {
  if (gain === undefined)
    return curve.length === 0
      ? 'Not known yet: a learning curve begins with eight labelled passages.'
      : 'Not known yet: a learning curve needs four sizes before it can be continued.';
  return `Another ${gain.labels} labels would likely bring ${points(gain.score)} points (${points(gain.low)} to ${points(gain.high)}).`;
}

export function balanceName({ label, value }: Progress['balance'][number]): string {
  return value === undefined ? label : `${label}: ${value}`;
}

/** Labels that are rare beside the most frequent one of their kind: what the model will learn last. */
export function balanceText(balance: Progress['balance']): string {
  const unseen = balance.filter(({ count }) => count === 0).map(balanceName);
  const total = balance.reduce((sum, { count }) => sum + count, 0);
  if (total === 0) return 'Nothing is labelled yet.';
  return unseen.length === 0 ? '' : `Without any example so far: ${unseen.join(', ')}.`;
}
