import { z } from 'zod';
import { SHORT_LIST, STRATEGIES } from '../learning/strategies/names.js';

export { SHORT_LIST };
export const StrategyName = z.enum(STRATEGIES);
export type StrategyName = z.infer<typeof StrategyName>;

const outcome = z.object({ label: z.string(), probability: z.number() });

/** Why a passage is asked about, as data; explanationLines says it in words. */
export const Explanation = z.object({
  strategy: StrategyName,
  /** What is in doubt, most informative first. */
  doubts: z.array(
    z.object({
      kind: z.enum(['entity', 'relation', 'class']),
      text: z.string(),
      /** Which of the project's classes. */
      class: z.string().optional(),
      spans: z.array(z.object({ start: z.int(), end: z.int() })),
      /** The two likeliest outcomes, 'none' among them. */
      likeliest: z.array(outcome),
      margin: z.number(),
    }),
  ),
  /** Passages of the pool that are nearer to this one than to any other of the batch; absent for one outside the batch. */
  standsFor: z.int().optional(),
  /** Labelled passages, nearest first. */
  neighbours: z.array(
    z.object({
      key: z.object({ doc: z.string(), start: z.int(), end: z.int() }),
      /** First words. */
      text: z.string(),
      /** Cosine of the pooled vectors, around the mean of the pool. */
      similarity: z.number(),
      /** What people labelled in it. */
      labels: z.array(z.string()),
    }),
  ),
});
export type Explanation = z.infer<typeof Explanation>;

/** Cosine below which a passage lies far from another. */
const FAR = 0.3;

/** An explanation in words, a line for each thing to say. */
export function explanationLines({ strategy, doubts, standsFor, neighbours }: Explanation): string[] {
  const lines: string[] = [];
  const [doubt] = doubts;
  const share = (value: number): string => value.toFixed(2).replace(/^(-?)0/, '$1');
  if (strategy === 'typical') lines.push('first of its kind: typical passages come before the model is asked');
  if (strategy === 'random') lines.push('drawn at random');
  if (doubt !== undefined) {
    const [first, second] = doubt.likeliest;
    const what = doubt.kind === 'class' ? (doubt.class ?? 'class') : `“${doubt.text}”`;
    if (first !== undefined && second !== undefined)
      lines.push(
        `${what}: margin ${share(first.probability - second.probability)} between ` +
          `${first.label} ${share(first.probability)} and ${second.label} ${share(second.probability)}`,
      );
  }
  if (standsFor !== undefined && standsFor > 1) lines.push(`typical of ${standsFor} passages`);
  const [nearest] = neighbours;
  if (nearest === undefined) lines.push('nothing is labelled yet');
  else if (nearest.similarity < FAR) lines.push(`far from what is labelled (${share(nearest.similarity)})`);
  else {
    const labels = nearest.labels.length > 0 ? ` labelled ${nearest.labels.join(', ')}` : '';
    lines.push(`like ${nearest.key.doc}:${nearest.key.start} (${share(nearest.similarity)})${labels}`);
  }
  return lines;
}
