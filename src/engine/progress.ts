import type { Project } from '../labels/project.js';
import { isSynthetic } from '../labels/synthetic.js';
import type { TaskReport } from '../learning/estimate-report.js';
import type { StoppingRule } from '../learning/stopping.js';
import type { Progress, TaskProgress } from '../protocol/progress.js';
import { randomEntries } from './estimate-input.js';
import { weighted, type LabelledPassage } from './labelled.js';
import { pace } from './pace.js';
import { identity } from './pool.js';

const BINS = 10;

export interface ProgressSource {
  readonly project: Project;
  readonly labelled: readonly LabelledPassage[];
  readonly annotator: string;
  readonly passages: number;
  readonly reviewed: number;
  readonly target: number | undefined;
  readonly reports: readonly TaskReport[];
  readonly current: boolean;
  readonly working: boolean;
}

/** The engine's state as a person should know it. */
export function progressOf(source: ProgressSource): Progress {
  const { project, labelled, annotator, passages, reviewed, target, reports, current, working } = source;
  const each = pace(
    labelled.filter(({ owner, answer }) => owner === annotator && answer !== undefined).map(({ at }) => at),
  );
  const made = labelled.filter(
    ({ entry, answer }) => answer === 'accept' && isSynthetic(project.labels, entry.ref.file),
  );
  return {
    passages,
    reviewed,
    random: randomEntries(labelled).size,
    synthetic: new Set(made.map(({ entry }) => identity(entry))).size,
    balance: balanceOf(project, labelled),
    ...(each !== undefined && {
      pace: {
        seconds: each / 1000,
        perHour: each === 0 ? 0 : 3_600_000 / each,
        left: (Math.max(0, passages - reviewed) * each) / 1000,
      },
    }),
    ...(target !== undefined && { target }),
    tasks: reports.map(taskProgress),
    current,
    working,
  };
}

/** Labels of the passages that are learned from, one view a passage, in the project's order. */
function balanceOf(project: Project, labelled: readonly LabelledPassage[]): Progress['balance'] {
  const counts = new Map<string, number>();
  const seen = new Set<string>();
  const count = (...name: readonly string[]): void => {
    const key = JSON.stringify(name);
    counts.set(key, (counts.get(key) ?? 0) + 1);
  };
  for (const { passage } of weighted(labelled)) {
    const place = identity(passage.entry);
    if (seen.has(place)) continue;
    seen.add(place);
    for (const { label } of passage.entities) count('entity', label);
    for (const { label } of passage.relations) count('relation', label);
    for (const [label, values] of passage.classes) for (const value of values) count('class', label, value);
  }
  const counted = (...name: readonly string[]): number => counts.get(JSON.stringify(name)) ?? 0;
  return [
    ...project.entities.map(({ label }) => ({ kind: 'entity' as const, label, count: counted('entity', label) })),
    ...project.relations.map(({ label }) => ({ kind: 'relation' as const, label, count: counted('relation', label) })),
    ...project.classes.flatMap(({ label, values }) =>
      values.map(({ value }) => ({ kind: 'class' as const, label, value, count: counted('class', label, value) })),
    ),
  ];
}

function taskProgress(report: TaskReport): TaskProgress {
  const { kind, name, labels, basis, estimate, curve, law, gain, missing, advice, uncertainty } = report;
  const bins = Array.from({ length: BINS }, () => 0);
  for (const doubt of uncertainty) bins[Math.min(BINS - 1, Math.floor(doubt * BINS))]!++;
  return {
    kind,
    ...(name !== undefined && { name }),
    labels,
    basis,
    ...(estimate !== undefined && { estimate }),
    curve: [...curve],
    ...(law !== undefined && { law }),
    ...(gain !== undefined && { gain }),
    // JSON has no infinity.
    ...(missing !== undefined && { missing: Number.isFinite(missing) ? missing : null }),
    advice: {
      verdict: advice.verdict,
      message: adviceMessage(report),
      rules: advice.rules.map(({ value, ...rule }) => ({
        ...rule,
        ...(value !== undefined && { value }),
        message: ruleMessage({ value, ...rule }),
      })),
    },
    uncertainty: bins,
  };
}

function adviceMessage({ advice: { verdict, rules }, missing, gain }: TaskReport): string {
  const target = rules.find(({ name }) => name === 'target');
  const more = gain === undefined ? '' : ` A further ${gain.labels} labels would likely bring ${points(gain.score)}.`;
  switch (verdict) {
    case 'stop':
      return target === undefined
        ? `The predictions no longer change: more labels will hardly help.${more}`
        : 'The target is reached, with all of the interval above it.';
    case 'plateau':
      return `The predictions no longer change, but the target is not reached: more of the same labels will hardly help. Look at the label types, the guidelines and the labels themselves.${more}`;
    case 'continue':
      if (missing === undefined || target === undefined) return `Go on: the predictions still change.${more}`;
      return Number.isFinite(missing)
        ? `Go on: about ${missing} more labels to the target, by the learning curve.${more}`
        : `Go on, but by the learning curve so far the target is out of reach.${more}`;
  }
}

function ruleMessage({ name, value, threshold, met }: StoppingRule): string {
  const than = met ? '' : 'not ';
  switch (name) {
    case 'stability':
      return value === undefined
        ? 'There are too few labels to tell whether the predictions are stable.'
        : `The last heads agree by κ = ${value.toFixed(3)}, which is ${than}${threshold} or more.`;
    case 'uncertainty':
      return value === undefined
        ? 'There are no unlabelled passages to be uncertain about.'
        : `The mean uncertainty is ${value.toFixed(3)}, which is ${than}${threshold} or less.`;
    case 'target':
      return value === undefined
        ? 'There are too few randomly chosen passages to compare the quality with the target.'
        : `The quality is at least ${value.toFixed(3)} (with 95 % confidence), which is ${than}the target of ${threshold} or more.`;
  }
}

function points(gain: number): string {
  return `${(100 * gain).toFixed(1)} points`;
}
