import type { ViewSpan } from '../src/protocol/panel.js';

/** Small helpers over half-open stretches, all in UTF-16 units. */

/** Do two lists name the same stretches, in the same order? */
export function sameSpans(a: readonly ViewSpan[], b: readonly ViewSpan[]): boolean {
  return a.length === b.length && a.every((span, i) => span.start === b[i]?.start && span.end === b[i].end);
}

/** The stretch from the first start to the last end; empty at 0 for no spans. */
export function extent(spans: readonly ViewSpan[]): ViewSpan {
  if (spans.length === 0) return { start: 0, end: 0 };
  return {
    start: Math.min(...spans.map((span) => span.start)),
    end: Math.max(...spans.map((span) => span.end)),
  };
}

/** How many units of text the spans cover, counted span by span. */
export function lengthOf(spans: readonly ViewSpan[]): number {
  return spans.reduce((sum, span) => sum + span.end - span.start, 0);
}

export function overlaps(a: ViewSpan, b: ViewSpan): boolean {
  return a.start < b.end && b.start < a.end;
}

/** Does one of the spans lie in `stretch`, even in part? */
export function touches(spans: readonly ViewSpan[], stretch: ViewSpan): boolean {
  return spans.some((span) => overlaps(span, stretch));
}

/** Does one of the spans hold the whole of `inner`? */
export function holds(spans: readonly ViewSpan[], inner: ViewSpan): boolean {
  return spans.some((span) => span.start <= inner.start && inner.end <= span.end);
}

/** Document order: by start, then the longer first, so that what contains comes before what is contained. */
export function byPlace(a: readonly ViewSpan[], b: readonly ViewSpan[]): number {
  const one = extent(a);
  const two = extent(b);
  return one.start - two.start || two.end - one.end;
}

/** The text of the spans for people: parts of a discontinuous one are joined by an ellipsis, line breaks shown as spaces. */
export function quote(text: string, spans: readonly ViewSpan[]): string {
  return spans
    .map((span) => text.slice(span.start, span.end))
    .join(' … ')
    .replace(/\s+/gu, ' ');
}

/** Spans in order, with those that touch or overlap joined: what is written for a selection of several parts. */
export function joined(spans: readonly ViewSpan[]): ViewSpan[] {
  const result: ViewSpan[] = [];
  for (const span of [...spans].sort((a, b) => a.start - b.start)) {
    const last = result.at(-1);
    if (last !== undefined && span.start <= last.end) {
      result[result.length - 1] = { start: last.start, end: Math.max(last.end, span.end) };
    } else result.push(span);
  }
  return result;
}
