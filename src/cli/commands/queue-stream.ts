import { looseEntry } from '../../engine/pool.js';
import type { Session } from '../../engine/session.js';
import { decide, startStream } from '../../learning/stream.js';
import type { Candidate, EngineSettings } from '../../protocol/engine.js';
import { UsageError } from '../arguments.js';
import type { ArrivedLine } from '../lines.js';

/** What `marginalia queue --stream` says of a passage that arrived. */
export interface StreamedDecision extends ArrivedLine {
  readonly query: boolean;
  readonly score: number;
  /** What the score was held against; null where none would have been queried, or any. */
  readonly threshold: number | null;
  readonly strategy: EngineSettings['strategy'];
  readonly seed: number;
  /** Passages decided on so far, and those of them that were queried. */
  readonly seen: number;
  readonly queried: number;
  /** Of the transformer, and of the labels that the heads were fitted on. */
  readonly model: string;
  readonly state: string;
  /** What is in doubt, where the passage is queried; offsets are into its text. */
  readonly candidates?: readonly Pick<Candidate, 'kind' | 'spans' | 'text' | 'distribution' | 'score'>[];
}

export interface StreamOptions {
  readonly strategy: EngineSettings['strategy'];
  readonly seed: number;
  /** Share of passages to query. */
  readonly budget: number;
  /** Queries after which there are no more; undefined without end. */
  readonly limit: number | undefined;
}

/**
 * Queries each line that arrives or passes it over, at once and once for all, by the running threshold of
 * learning/stream.ts. The heads stay as they are. The same lines, labels and seed get the same decisions. Lines without a
 * word are no passages.
 * @throws UsageError where there is no head that could be unsure
 */
export async function* decisions(
  lines: AsyncIterable<ArrivedLine>,
  session: Pick<Session, 'look' | 'trained'>,
  { strategy, seed, budget, limit = Infinity }: StreamOptions,
): AsyncGenerator<StreamedDecision> {
  const { trained } = session;
  if (trained === undefined) throw new UsageError('There is no head yet: the corpus has no passage to learn from.');
  let stream = startStream(seed);
  for await (const arrived of lines) {
    if (!/[\p{L}\p{N}]/u.test(arrived.text)) continue;
    const [analysis] = await session.look([looseEntry(`${arrived.source}:${arrived.line}`, arrived.text)]);
    if (analysis === undefined) throw new Error(`${arrived.source}:${arrived.line}: the passage has no score`);
    const { query, threshold, state } = decide(stream, budget, analysis.score);
    stream = state;
    yield {
      ...arrived,
      query,
      score: analysis.score,
      threshold: Number.isFinite(threshold) ? threshold : null,
      strategy,
      seed,
      seen: state.seen,
      queried: state.queried,
      model: trained.model.hash,
      state: trained.heads.state,
      ...(query && {
        candidates: analysis.candidates.map(({ kind, spans, text, distribution, score }) => ({
          kind,
          spans,
          text,
          distribution,
          score,
        })),
      }),
    };
    if (state.queried >= limit) return;
  }
}
