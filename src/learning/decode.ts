import { best } from './distribution.js';
import { spanRange } from './features/spans.js';
import type { EntityHead } from './heads/entity.js';
import type { SpanScores } from './heads/span-scorer.js';
import { NONE, type Distribution, type Mention, type PassageInput } from './types.js';

/** A suggestion needs at least this probability. At one half it is likelier than everything else together. */
export const THRESHOLD = 0.5;

export interface SuggestedSpan extends Mention {
  readonly probability: number;
}

/**
 * Which of the spans that are likely enough are suggested: by falling probability (equal ones: the longer, then the earlier),
 * each unless it overlaps one chosen before. One exception: of two spans of different labels one may lie within the other.
 * The result is in the order of the text.
 */
export function decodeSpans<S extends SuggestedSpan>(spans: readonly S[], threshold = THRESHOLD): S[] {
  const chosen: S[] = [];
  const byProbability = spans
    .filter(({ probability }) => probability >= threshold)
    .sort((a, b) => b.probability - a.probability || b.end - b.start - (a.end - a.start) || a.start - b.start);
  for (const span of byProbability) {
    const fits = chosen.every(
      (other) =>
        span.end <= other.start ||
        other.end <= span.start ||
        (span.label !== other.label && (within(span, other) || within(other, span))),
    );
    if (fits) chosen.push(span);
  }
  return chosen.sort((a, b) => a.start - b.start || b.end - a.end);
}

/** Lies inside and is shorter. */
function within(a: Mention, b: Mention): boolean {
  return a.start >= b.start && a.end <= b.end && a.end - a.start < b.end - b.start;
}

/** The suggestions for a passage, from its candidates. */
export function suggestedSpans(
  { labels }: Pick<EntityHead, 'labels'>,
  passage: PassageInput,
  { count, outcomes, first, last, probabilities }: SpanScores,
  threshold = THRESHOLD,
): SuggestedSpan[] {
  const likely: SuggestedSpan[] = [];
  for (let i = 0; i < count; i++) {
    let top = 0;
    for (let k = 1; k < labels.length; k++) {
      if (probabilities[i * outcomes + k]! > probabilities[i * outcomes + top]!) top = k;
    }
    const probability = probabilities[i * outcomes + top]!;
    if (labels.length === 0 || probability < threshold || probability <= probabilities[i * outcomes + labels.length]!) {
      continue;
    }
    likely.push({ ...spanRange(passage, first[i]!, last[i]!), label: labels[top]!, probability });
  }
  return decodeSpans(likely, threshold);
}

/** The suggestion for a relation or a class: its likeliest label, unless that is 'none' or not likely enough. */
export function suggestedLabel(
  distribution: Distribution,
  threshold = THRESHOLD,
): { label: string; probability: number } | undefined {
  const top = best(distribution);
  return top.label === NONE || top.probability < threshold ? undefined : top;
}
