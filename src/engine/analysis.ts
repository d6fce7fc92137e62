import type { Range } from '../corpus/types.js';
import { textMap } from '../corpus/source-map.js';
import type { SourceMap } from '../corpus/types.js';
import { suggestedLabel, suggestedSpans, THRESHOLD, type SuggestedSpan } from '../learning/decode.js';
import { doubtfulSpans, scoredSpan } from '../learning/heads/entity.js';
import { classProbabilities, distributionsOf, pooledProbabilities } from '../learning/heads/class.js';
import { strategies } from '../learning/strategies/index.js';
import { sequenceScore, type SequenceScore } from '../learning/strategies/sequence.js';
import { candidateMeasure, passageScore, score, SPEAKERS } from '../learning/strategies/uncertainty.js';
import type { Distribution, Mention, PassageInput, Strategy } from '../learning/types.js';
import type { Candidate, Suggestion } from '../protocol/engine.js';
import type { ClassRows } from './class-rows.js';
import type { Heads } from './heads.js';
import type { Members } from './members.js';
import { passageScores, outlookOf, type Outlook, type Seen } from './outlook.js';
import type { EntryInput } from './inputs.js';
import { GOLD } from './label-index.js';
import { isSet, type LabelledPassage } from './labelled.js';
import { identity, type Entry } from './pool.js';

/** What the heads and the strategy have to say about one passage. */
export interface Analysis {
  readonly entry: Entry;
  readonly text: string;
  readonly score: number;
  /** Most informative first. */
  readonly candidates: readonly Candidate[];
  readonly suggestions: readonly Suggestion[];
  /** What strategies that choose among passages see of this one. */
  readonly outlook: Outlook;
}

export interface AnalysisOptions {
  readonly heads: Heads;
  /** Where the strategy asks other heads too. */
  readonly members?: Members;
  readonly strategy: Strategy;
  readonly seed: number;
  readonly annotator: string;
  /** What people have said about a passage so far. */
  readonly labelled: (entry: Entry) => readonly LabelledPassage[];
}

/** Spans of a passage that are kept for the candidate view. */
const SPANS_KEPT = 2 * SPEAKERS;

/** Spans this likely are asked about as ends of relations, though they are not suggested yet. */
const LINKABLE = 0.3;

/** A mention that relations may link: labelled already (then it has an id), or suggested. */
interface LinkableMention extends Mention {
  readonly id?: string;
}

/** @param rows the inputs as class heads see them */
export function analyse(inputs: readonly EntryInput[], rows: ClassRows, options: AnalysisOptions): Analysis[] {
  const predicted = options.heads.classes.map(({ type, head }, which) => ({
    type,
    head,
    probabilities: pooledProbabilities(head, rows.packed),
    members: options.members?.classes[which]?.map((member) => classProbabilities(member, rows.features)),
  }));
  const seen = inputs.map(({ entry, input }, row) => {
    const map = textMap(input.text);
    const views = options.labelled(entry);
    const context: Context = { entry, input, map, others: new Map(), ...options };
    const distributions = predicted.map(({ type, head, probabilities, members }) => {
      const own = distributionsOf(head, probabilities, row);
      return {
        type,
        head,
        distributions: own,
        others: own.map((distribution, model) =>
          members?.map((said) => {
            const width = Object.keys(distribution).length;
            return [...said[model]!.subarray(row * width, (row + 1) * width)];
          }),
        ),
      };
    });
    const classes = classCandidates(context, distributions, views);
    const { candidates: entities, suggestions, likely, sequence } = entityCandidates(context, views);
    const mentions = linkable(views, options.annotator, likely);
    const relations = relationCandidates(context, mentions, views);
    const candidates = [...classes.candidates, ...entities, ...relations.candidates].sort((a, b) => b.score - a.score);
    return {
      entry,
      input,
      candidates,
      others: context.others,
      sequence,
      suggestions: [
        ...suggestions.map(({ start, end, label, probability }) => ({
          kind: 'entity' as const,
          label,
          spans: [toDocument(context, { start, end })],
          probability,
        })),
        ...relations.suggestions,
        ...classes.suggestions,
      ],
    };
  });
  const scores = scoresOf(seen, options);
  return seen.map(({ entry, input, candidates, suggestions }, i) => ({
    entry,
    text: input.text,
    score: scores[i]!,
    candidates,
    suggestions,
    outlook: outlookOf(options.heads, candidates.slice(0, SPEAKERS)),
  }));
}

/** How informative the passages are: by what the strategy sees of them, else by their candidates' scores. */
function scoresOf(seen: readonly Seen[], { heads, strategy, seed }: AnalysisOptions): ArrayLike<number> {
  if (strategy === 'random') return seen.map(({ entry }) => score('random', {}, { seed, identity: identity(entry) }));
  const { scores } = strategies[strategy];
  if (scores === undefined || candidateMeasure(strategy) === strategy)
    return seen.map(({ candidates }) => passageScore(candidates.map((candidate) => candidate.score)));
  return passageScores(seen, heads, scores, seed);
}

interface Context extends AnalysisOptions {
  readonly entry: Entry;
  readonly input: PassageInput;
  readonly map: SourceMap;
  /** Probabilities of a candidate's outcomes, in the order of its distribution, by each of the members. */
  readonly others: Map<Candidate, readonly (readonly number[])[]>;
}

type PredictedClass = Heads['classes'][number] & {
  readonly distributions: readonly Distribution[];
  /** Of each distribution, what the members say instead. */
  readonly others: readonly (readonly (readonly number[])[] | undefined)[];
};

function classCandidates(
  context: Context,
  predicted: readonly PredictedClass[],
  views: readonly LabelledPassage[],
): { candidates: Candidate[]; suggestions: Suggestion[] } {
  const own = views.find(({ owner }) => owner === context.annotator);
  const candidates: Candidate[] = [];
  const suggestions: Suggestion[] = [];
  for (const { type, head, distributions, others } of predicted) {
    if (isSet(type, own)) continue;
    for (const [model, distribution] of distributions.entries()) {
      const asked = {
        ...candidate(context, 'class', [{ start: 0, end: context.input.text.length }], distribution, [type.label]),
        class: type.label,
      };
      candidates.push(asked);
      const said = others[model];
      if (said) context.others.set(asked, said);
      const top = suggestedLabel(distribution);
      if (top === undefined || head.examples === 0) continue;
      if (own?.classes.get(type.label)?.includes(top.label) === true) continue;
      if (own?.rejectedClasses.get(type.label)?.includes(top.label) === true) continue;
      const spans = [{ start: context.entry.start, end: context.entry.end }];
      suggestions.push({ kind: 'class', label: type.label, value: top.label, spans, probability: top.probability });
    }
  }
  return { candidates, suggestions };
}

function entityCandidates(
  context: Context,
  views: readonly LabelledPassage[],
): { candidates: Candidate[]; suggestions: SuggestedSpan[]; likely: SuggestedSpan[]; sequence?: SequenceScore } {
  const { heads, input, entry, strategy, seed, members } = context;
  const { head } = heads.entities;
  if (head.labels.length === 0) return { candidates: [], suggestions: [], likely: [] };
  const own = views.find(({ owner }) => owner === context.annotator);
  const taken = (span: Range): boolean =>
    own?.entities.some((entity) => entity.span.start === span.start && entity.span.end === span.end) === true;
  const scores = heads.entities.score(input);
  const others = members?.entities.map((member) => member.score(input).probabilities);
  const sequence = strategies[strategy].sequences && sequenceScore(scores, input.words.length);
  const candidates: Candidate[] = [];
  for (const doubtful of doubtfulSpans(scores, strategy, { seed, identity: identity(entry) }, SPANS_KEPT)) {
    const { start, end, distribution } = scoredSpan(head, input, scores, doubtful.index);
    if (taken({ start, end })) continue;
    const asked = { ...candidate(context, 'entity', [{ start, end }], distribution, []), score: doubtful.score };
    candidates.push(asked);
    const at = doubtful.index * scores.outcomes;
    if (others)
      context.others.set(
        asked,
        others.map((probabilities) => [...probabilities.subarray(at, at + scores.outcomes)]),
      );
  }
  const whole = sequence ? { sequence } : {};
  // Before the first label the head has only its prior to go by: that is worth a question, not a suggestion.
  if (head.model === undefined) return { candidates, suggestions: [], likely: [], ...whole };
  const likely = suggestedSpans(head, input, scores, LINKABLE).filter(
    (span) =>
      own?.entities.some((entity) => entity.span.start < span.end && span.start < entity.span.end) !== true &&
      own?.rejectedEntities.some(
        ({ label, span: { start, end } }) => label === span.label && start === span.start && end === span.end,
      ) !== true,
  );
  return { candidates, suggestions: likely.filter(({ probability }) => probability >= THRESHOLD), likely, ...whole };
}

function relationCandidates(
  context: Context,
  mentions: readonly LinkableMention[],
  views: readonly LabelledPassage[],
): { candidates: Candidate[]; suggestions: Suggestion[] } {
  const { heads, input, members } = context;
  const others = members?.relations.map((member) => member.score(input, mentions));
  const said = new Set<string>();
  const rejected = new Set<string>();
  for (const { relations, rejectedRelations, owner } of views) {
    if (owner !== context.annotator) continue;
    for (const { head, tail } of relations) said.add(`${head} ${tail}`).add(`${tail} ${head}`);
    for (const { label, head, tail } of rejectedRelations) rejected.add(`${label} ${head} ${tail}`);
  }
  const candidates: Candidate[] = [];
  const suggestions: Suggestion[] = [];
  for (const [pair, { head, tail, distribution }] of heads.relations.score(input, mentions).entries()) {
    const [from, to] = [mentions[head]!, mentions[tail]!];
    if (from.id !== undefined && to.id !== undefined && said.has(`${from.id} ${to.id}`)) continue;
    const ends = { ...(from.id !== undefined && { head: from.id }), ...(to.id !== undefined && { tail: to.id }) };
    const spans = [from, to].map(({ start, end }) => ({ start, end }));
    const scored = candidate(context, 'relation', spans, distribution, ['relation']);
    const asked = { ...scored, ...ends };
    candidates.push(asked);
    if (others)
      context.others.set(
        asked,
        others.map((pairs) => Object.values(pairs[pair]!.distribution)),
      );
    const top = suggestedLabel(distribution);
    if (top === undefined || heads.relations.head.model === undefined) continue;
    if (from.id === undefined || to.id === undefined || rejected.has(`${top.label} ${from.id} ${to.id}`)) continue;
    suggestions.push({
      kind: 'relation',
      label: top.label,
      spans: scored.spans,
      ...ends,
      probability: top.probability,
    });
  }
  candidates.sort((a, b) => b.score - a.score);
  return { candidates: candidates.slice(0, SPANS_KEPT), suggestions };
}

/** The annotator's own entities, else those of gold or of whoever labelled the passage, and what is suggested beside them. */
function linkable(
  views: readonly LabelledPassage[],
  annotator: string,
  suggestions: readonly Mention[],
): LinkableMention[] {
  const view =
    views.find(({ owner }) => owner === annotator) ??
    views.find(({ owner }) => owner === GOLD) ??
    views.find(({ entities }) => entities.length > 0);
  const labelled = (view?.entities ?? [])
    .filter(({ discontinuous }) => !discontinuous)
    .map(({ id, label, span }) => ({ id, label, ...span }));
  const free = suggestions.filter(
    ({ start, end }) => !labelled.some((other) => other.start < end && start < other.end),
  );
  return [...labelled, ...free.map(({ label, start, end }) => ({ label, start, end }))];
}

function candidate(
  context: Context,
  kind: Candidate['kind'],
  spans: readonly Range[],
  distribution: Distribution,
  name: readonly string[],
): Candidate {
  const { entry, input, strategy, seed } = context;
  const places = spans.map((span) => toDocument(context, span));
  const who = [identity(entry), kind, ...name, ...places.map(({ start, end }) => `${start}-${end}`)].join('\n');
  return {
    kind,
    doc: entry.ref.id,
    spans: places,
    text: spans.map(({ start, end }) => input.text.slice(start, end)).join(' → '),
    passage: { start: entry.start, end: entry.end },
    distribution,
    score: score(strategy, distribution, { seed, identity: who }),
    strategy: candidateMeasure(strategy),
  };
}

/** UTF-16 units into the passage's text to code points into the document. */
function toDocument({ entry, map }: Pick<Context, 'entry' | 'map'>, { start, end }: Range): Range {
  return { start: entry.start + map.toCodePoint(start), end: entry.start + map.toCodePoint(end) };
}
