import type { Range } from '../corpus/types.js';
import { suggestedLabel, suggestedSpans } from '../learning/decode.js';
import { featuresOf } from '../learning/features/passages.js';
import { predictClasses } from '../learning/heads/class.js';
import type { Heads } from './heads.js';
import type { EntryInput } from './inputs.js';
import type { LabelledPassage } from './labelled.js';

/**
 * Where people contradict one another, and where the heads contradict people. Only passages with a verdict count: what
 * is not labelled elsewhere may just not be labelled yet.
 */

/** What somebody says about a passage, by label. */
type Statements = ReadonlyMap<string, ReadonlySet<string>>;

/**
 * Disagreement between the annotators of one passage, 0 to 1: the mean over their pairs of 1 − F1 of what they said with
 * labels that both knew; of different verdicts 1. Skipped passages say nothing.
 * @param symmetric relations whose ends may be told in either order
 */
export function betweenAnnotators(views: readonly LabelledPassage[], symmetric: ReadonlySet<string>): number {
  const judged = views.filter(({ answer }) => answer === 'accept' || answer === 'reject');
  let sum = 0;
  let pairs = 0;
  judged.forEach((a, i) => {
    for (const b of judged.slice(i + 1)) {
      pairs++;
      if (a.answer !== b.answer) sum++;
      else if (a.answer === 'accept')
        sum += distance(
          statementsOf(a, symmetric),
          statementsOf(b, symmetric),
          a.scope.filter((label) => b.scope.includes(label)),
        );
    }
  });
  return pairs === 0 ? 0 : sum / pairs;
}

/** 1 − F1 between what somebody accepted and what the heads would say by themselves, for each passage. */
export function withHeads(
  passages: readonly { readonly view: LabelledPassage; readonly input: EntryInput['input'] }[],
  heads: Heads,
): number[] {
  const features = featuresOf(
    passages.map(({ input }) => input),
    heads.spaces.classes,
  );
  const { signatures } = heads.relations.head;
  const symmetric = new Set(signatures.flatMap((signature) => (signature.symmetric ? [signature.label] : [])));
  const classes = heads.classes.map(({ type, head }) => ({ type, head, rows: predictClasses(head, features) }));
  return passages.map(({ view, input }, row) => {
    const said = new Said();
    const { head } = heads.entities;
    if (head.model !== undefined)
      for (const span of suggestedSpans(head, input, heads.entities.score(input))) said.add(span.label, place(span));
    for (const { type, head: classHead, rows } of classes) {
      if (classHead.examples === 0) continue;
      for (const distribution of rows[row]!) {
        const top = suggestedLabel(distribution);
        if (top !== undefined) said.add(type.label, top.label);
      }
    }
    // Relations are asked about between the entities that people labelled, as in the queue.
    const mentions = view.entities.map(({ label, span }) => ({ label, ...span }));
    if (heads.relations.head.model !== undefined)
      for (const { head: from, tail: to, distribution } of heads.relations.score(input, mentions)) {
        const top = suggestedLabel(distribution);
        if (top !== undefined) said.addLink(top.label, [place(mentions[from]!), place(mentions[to]!)], symmetric);
      }
    return distance(statementsOf(view, symmetric), said.all, view.scope);
  });
}

function statementsOf({ entities, relations, classes }: LabelledPassage, symmetric: ReadonlySet<string>): Statements {
  const said = new Said();
  const places = new Map(entities.map(({ id, span }) => [id, place(span)]));
  for (const { label, span } of entities) said.add(label, place(span));
  for (const { label, head, tail } of relations)
    said.addLink(label, [places.get(head) ?? head, places.get(tail) ?? tail], symmetric);
  for (const [label, values] of classes) for (const value of values) said.add(label, value);
  return said.all;
}

function place({ start, end }: Range): string {
  return `${start}-${end}`;
}

/** 1 − F1 over the given labels; 0 where neither says anything. */
function distance(a: Statements, b: Statements, labels: readonly string[]): number {
  let [both, all] = [0, 0];
  for (const label of labels) {
    const [one, other] = [a.get(label), b.get(label)];
    all += (one?.size ?? 0) + (other?.size ?? 0);
    for (const statement of one ?? []) if (other?.has(statement) === true) both++;
  }
  return all === 0 ? 0 : 1 - (2 * both) / all;
}

class Said {
  readonly all = new Map<string, Set<string>>();

  add(label: string, statement: string): void {
    const known = this.all.get(label);
    if (known === undefined) this.all.set(label, new Set([statement]));
    else known.add(statement);
  }
  addLink(label: string, ends: readonly [string, string], symmetric: ReadonlySet<string>): void {
    this.add(label, (symmetric.has(label) ? ends.toSorted() : ends).join(' '));
  }
}
