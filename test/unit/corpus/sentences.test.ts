import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { sentencesOf } from '../../../src/corpus/sentences.js';

const Example = z.object({ text: z.string(), sentences: z.array(z.string()) });

function examples(name: string) {
  const file = new URL(`../../fixtures/corpus/${name}`, import.meta.url);
  return readFileSync(file, 'utf8')
    .trimEnd()
    .split('\n')
    .map((line) => Example.parse(JSON.parse(line)));
}

function split(text: string): string[] {
  return sentencesOf(text).map(({ start, end }) => text.slice(start, end));
}

describe('hard sentences', () => {
  it.each([
    ['sentences.jsonl', 0.98],
    ['sentences-held-out.jsonl', 0.95],
  ])('%s: at least %d are found exactly', (name, least) => {
    let right = 0;
    let all = 0;
    const misses: string[] = [];
    for (const { text, sentences } of examples(name)) {
      const found = split(text);
      all += sentences.length;
      for (const sentence of sentences) {
        if (found.includes(sentence)) right++;
        else misses.push(`${sentence}\n    ${found.join(' | ')}`);
      }
    }
    if (misses.length > 0) console.log(`${name}: ${right} of ${all}; missed:\n  ${misses.join('\n  ')}`);
    expect(right / all).toBeGreaterThanOrEqual(least);
  });
});
