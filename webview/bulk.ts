import type { ViewSuggestion } from '../src/protocol/panel.js';

/** Accepting or rejecting many suggestions at once. */

export interface Bulk {
  readonly answer: 'accept' | 'reject';
  /** Which: '' for all, a kind, or a kind and a label. */
  readonly what: string;
  /** In per cent: at least so probable to be accepted, at most to be rejected. */
  readonly threshold: number;
}

/** The suggestions that it is about. */
export function matching(
  suggestions: readonly ViewSuggestion[],
  { answer, what, threshold }: Bulk,
): readonly ViewSuggestion[] {
  return suggestions.filter(({ kind, label, probability }) => {
    if (what !== '' && what !== kind && what !== `${kind} ${label}`) return false;
    // As it is shown: 79.6 % reads as 80 %.
    const percent = Math.round(probability * 100);
    return answer === 'accept' ? percent >= threshold : percent <= threshold;
  });
}

/** What there is to choose from, with how many there are. */
export function choices(suggestions: readonly ViewSuggestion[]): readonly (readonly [what: string, count: number])[] {
  const counts = new Map<string, number>();
  const count = (what: string): void => void counts.set(what, (counts.get(what) ?? 0) + 1);
  for (const { kind, label } of suggestions) {
    count(kind);
    count(`${kind} ${label}`);
  }
  return [['', suggestions.length], ...[...counts].sort(([a], [b]) => (a < b ? -1 : 1))];
}
