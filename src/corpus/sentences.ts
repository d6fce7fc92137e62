import type { Range } from './types.js';

export function sentencesOf(text: string): Range[] {
  const found: Range[] = [];
  for (const { segment, index } of new Intl.Segmenter('en', { granularity: 'sentence' }).segment(
    text.replaceAll('\n', ' '),
  )) {
    const start = index + segment.length - segment.trimStart().length;
    const end = index + segment.trimEnd().length;
    if (end > start) found.push({ start, end });
  }
  return found;
}
