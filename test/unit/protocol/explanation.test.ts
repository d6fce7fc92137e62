import { expect, test } from 'vitest';
import { explanationLines } from '../../../src/protocol/explanation.js';

const doubt = {
  kind: 'entity' as const,
  text: 'Mercury',
  spans: [{ start: 0, end: 7 }],
  likeliest: [
    { label: 'Person', probability: 0.46 },
    { label: 'Organisation', probability: 0.34 },
  ],
  margin: 0.12,
};
const neighbour = { key: { doc: 'a.md', start: 40, end: 90 }, text: 'Venus sings', labels: ['Person'] };

test('an explanation in words tells the doubt, what the passage stands for and what is labelled near it', () => {
  expect(
    explanationLines({
      strategy: 'diverse-margin',
      doubts: [doubt],
      standsFor: 214,
      neighbours: [{ ...neighbour, similarity: 0.82 }],
    }),
  ).toEqual([
    '“Mercury”: margin .12 between Person .46 and Organisation .34',
    'typical of 214 passages',
    'like a.md:40 (.82) labelled Person',
  ]);
  const far = explanationLines({ strategy: 'margin', doubts: [], neighbours: [{ ...neighbour, similarity: -0.1 }] });
  expect(far).toEqual(['far from what is labelled (-.10)']);
});

test('before anything is labelled it says so', () => {
  expect(explanationLines({ strategy: 'typical', doubts: [], neighbours: [] })).toEqual([
    'first of its kind: typical passages come before the model is asked',
    'nothing is labelled yet',
  ]);
});
