import { describe, expect, it } from 'vitest';
import { decisions, type StreamedDecision, type StreamOptions } from '../../../src/cli/commands/queue-stream.js';
import { UsageError } from '../../../src/cli/arguments.js';
import type { ArrivedLine } from '../../../src/cli/lines.js';
import type { Session } from '../../../src/engine/session.js';
import { decide, startStream } from '../../../src/learning/stream.js';
import { uniformOf } from '../../../src/learning/random.js';

type Looking = Parameters<typeof decisions>[1];
type Trained = NonNullable<Session['trained']>;

/** A session whose scores depend on the text. */
function looking(trained: Trained | undefined): Looking {
  return {
    trained,
    look: (entries) =>
      Promise.resolve(
        entries.map((entry) => ({
          entry,
          text: entry.text ?? '',
          score: uniformOf(1, entry.text ?? ''),
          candidates: [],
          suggestions: [],
          outlook: new Float32Array(0),
        })),
      ),
  };
}

const trained = { model: { hash: 'm' }, heads: { state: 's' } };
const options: StreamOptions = { strategy: 'margin', seed: 3, budget: 0.2, limit: undefined };

async function decided(texts: readonly string[], extra: Partial<StreamOptions> = {}): Promise<StreamedDecision[]> {
  async function* lines(): AsyncGenerator<ArrivedLine> {
    for (const [i, text] of texts.entries()) {
      await Promise.resolve();
      yield { source: 'stdin', line: i + 1, text };
    }
  }
  const found: StreamedDecision[] = [];
  // Only these parts are read.
  const session: Looking = Object.assign(looking(undefined), { trained });
  for await (const decision of decisions(lines(), session, { ...options, ...extra })) found.push(decision);
  return found;
}

const texts = Array.from({ length: 400 }, (_, i) => `line ${i}`);

describe('queue --stream', () => {
  it('decides as the stream of the engine does, within the budget', async () => {
    const found = await decided(texts);
    let state = startStream(options.seed);
    const expected = texts.map((text) => {
      const decision = decide(state, options.budget, uniformOf(1, text));
      state = decision.state;
      return decision.query;
    });
    expect(found.map(({ query }) => query)).toEqual(expected);
    expect(Math.abs(found.at(-1)!.queried - 80)).toBeLessThanOrEqual(8);
    expect(found.at(-1)).toMatchObject({ seen: 400, line: 400, model: 'm', state: 's', strategy: 'margin', seed: 3 });
  });

  it('decides the same on the same, and otherwise with another seed', async () => {
    expect(await decided(texts)).toEqual(await decided(texts));
    const queried = async (seed: number) => (await decided(texts, { seed })).map(({ query }) => query);
    expect(await queried(4)).not.toEqual(await queried(3));
  });

  it('looks at what has come so far and at nothing else', async () => {
    const found = await decided(texts);
    expect(await decided(texts.slice(0, 150))).toEqual(found.slice(0, 150));
  });

  it('passes lines without a word over as no passages, and ends with the limit', async () => {
    const found = await decided(['', ' … ', 'one', '---', 'two'], { budget: 1, limit: 2 });
    expect(found.map(({ line, seen }) => [line, seen])).toEqual([
      [3, 1],
      [5, 2],
    ]);
    expect(await decided(texts, { limit: 3 }).then((all) => all.at(-1))).toMatchObject({ query: true, queried: 3 });
  });

  it('says so where there is no head', async () => {
    async function* none(): AsyncGenerator<ArrivedLine> {
      await Promise.resolve();
      yield* [];
    }
    await expect(decisions(none(), looking(undefined), options).next()).rejects.toThrow(UsageError);
  });
});
