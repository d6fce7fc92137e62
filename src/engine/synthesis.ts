import { passagesOf } from '../corpus/passages.js';
import { textDocument } from '../corpus/sources/text.js';
import { textMap } from '../corpus/source-map.js';
import type { Unit } from '../corpus/types.js';
import type { Project } from '../labels/project.js';
import { isSynthetic, syntheticId, type SyntheticRecord } from '../labels/synthetic.js';
import { spanRange } from '../learning/features/spans.js';
import type { SpanScorer } from '../learning/heads/entity.js';
import { madeUp, mostTorn, type Context, type MadeUp } from '../learning/synthesis.js';
import type { PassageInput } from '../learning/types.js';
import type { Suggestion } from '../protocol/engine.js';
import { weighted, type LabelledPassage } from './labelled.js';
import { hashOf, identity, looseEntry, type Entry, type Pool } from './pool.js';

/** Texts that are made for each that is asked for. */
const CHOICE = 6;

/** An accepted passage to make others of. */
interface Source extends Context {
  readonly entry: Entry;
}

export interface SynthesisSource {
  readonly project: Project;
  readonly pool: Pool;
  readonly labelled: readonly LabelledPassage[];
  /** What was made up before: it is not made again. */
  readonly known: Iterable<SyntheticRecord>;
  readonly seed: number;
  readonly count: number;
  /** How unsure the model is of each of these passages. */
  readonly doubts: (entries: readonly Entry[]) => Promise<readonly number[]>;
}

/** Made-up passages where the model is torn, made of accepted ones; fewer than asked for where there are too few. */
export async function synthesise(source: SynthesisSource): Promise<SyntheticRecord[]> {
  const { project, count, seed } = source;
  const { unit } = project.corpus;
  const sources = await acceptedPassages(source);
  const known = new Set([...source.known].map(({ id }) => id));
  const made = madeUp(sources, { seed, count: CHOICE * count, combine: unit !== 'sentence' })
    .filter(({ text }) => isOnePassage(text, unit))
    .filter(({ text }) => !known.has(syntheticId(text)));
  const doubts = await source.doubts(made.map(({ text }) => looseEntry(`synthetic ${hashOf(text)}`, text)));
  return mostTorn(made, doubts, count).map((one) => recordOf(one, sources, seed));
}

async function acceptedPassages({ project, pool, labelled }: SynthesisSource): Promise<Source[]> {
  const sources = new Map<string, Source>();
  for (const { passage } of weighted(labelled)) {
    const { entry, answer, entities } = passage;
    const key = identity(entry);
    if (answer !== 'accept' || sources.has(key) || isSynthetic(project.labels, entry.ref.file)) continue;
    const text = await pool.text(entry);
    if (text === undefined) continue;
    const mentions = entities
      .filter(({ discontinuous }) => !discontinuous)
      .map(({ label, span: { start, end } }) => ({ label, start, end }));
    sources.set(key, { entry, text, mentions });
  }
  // The same labels give the same passages, whatever order they were read in.
  return [...sources].sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0)).map(([, one]) => one);
}

/** Whether the whole text will be shown and reviewed at once. */
function isOnePassage(text: string, unit: Unit): boolean {
  const ref = { id: '', file: '', kind: 'text', start: 0, end: 0, line: 1 } as const;
  const document = textDocument(ref, text);
  const [only, ...others] = passagesOf(document, unit);
  return others.length === 0 && only?.start === 0 && only.end === document.map.length;
}

function recordOf({ text, entities, making, from }: MadeUp, sources: readonly Source[], seed: number): SyntheticRecord {
  return {
    id: syntheticId(text),
    text,
    entities: entities.map(({ start, end, label }) => ({ start, end, label })),
    making,
    from: from.map((i) => {
      const { ref, start, end } = sources[i]!.entry;
      return { doc: ref.id, start, end };
    }),
    seed,
    synthetic: true,
  };
}

/** The entities that a made-up passage carries, as suggestions, with what the head thinks of them. */
export function carriedSuggestions(
  { entities }: SyntheticRecord,
  input: PassageInput,
  scorer: SpanScorer,
  present: readonly Suggestion[],
): Suggestion[] {
  const map = textMap(input.text);
  const scores = scorer.score(input);
  return entities.flatMap(({ start, end, label }): Suggestion[] => {
    const k = scorer.head.labels.indexOf(label);
    const taken = present.some(
      ({ kind, spans: [span] }) => kind === 'entity' && span!.start < end && start < span!.end,
    );
    if (k < 0 || taken) return [];
    let probability = 0;
    for (let i = 0; i < scores.count; i++) {
      const span = spanRange(input, scores.first[i]!, scores.last[i]!);
      if (map.toCodePoint(span.start) === start && map.toCodePoint(span.end) === end)
        probability = scores.probabilities[i * scores.outcomes + k]!;
    }
    return [{ kind: 'entity', label, spans: [{ start, end }], probability }];
  });
}
