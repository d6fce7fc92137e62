import type { Progress, TaskProgress } from '../../src/protocol/progress.js';
import { expectedScore } from './curve.js';
import {
  balanceName,
  balanceText,
  basisText,
  duration,
  gainText,
  measureNames,
  percentage,
  ruleNames,
  taskName,
  verdictNames,
  withInterval,
} from './words.js';

/** What the plots show, in rows: for screen readers, for those who like numbers, and for export. */
export interface Table {
  readonly columns: readonly string[];
  readonly rows: readonly (readonly (string | number)[])[];
}

const kinds = { entity: 'Entity', relation: 'Relation', class: 'Class' } as const;

export function curveTable(task: TaskProgress): Table {
  const row = (
    what: string,
    { labels, score, low, high }: { labels: number; score: number; low: number; high: number },
  ): (string | number)[] => [labels, what, percentage(score), percentage(low), percentage(high)];
  const expected = expectedScore(task);
  return {
    columns: ['Labelled passages', 'What', 'Score', 'At least', 'At most'],
    rows: [
      ...task.curve.map((measured) => row('measured', measured)),
      ...(expected === undefined ? [] : [row('expected', expected)]),
    ],
  };
}

export function uncertaintyTable({ uncertainty }: TaskProgress): Table {
  const width = 1 / uncertainty.length;
  return {
    columns: ['Uncertainty', 'Unlabelled passages'],
    rows: uncertainty.map((count, i) => [`${percentage(i * width, 0)} to ${percentage((i + 1) * width, 0)}`, count]),
  };
}

export function balanceTable({ balance }: Progress): Table {
  const totals = new Map<string, number>();
  const group = ({ kind, label, value }: Progress['balance'][number]): string =>
    value === undefined ? kind : `${kind} ${label}`;
  for (const item of balance) totals.set(group(item), (totals.get(group(item)) ?? 0) + item.count);
  return {
    columns: ['Kind', 'Label', 'Accepted labels', 'Share'],
    rows: balance.map((item) => {
      const total = totals.get(group(item)) ?? 0;
      return [kinds[item.kind], balanceName(item), item.count, total === 0 ? '–' : percentage(item.count / total)];
    }),
  };
}

export function rulesTable({ advice }: TaskProgress): Table {
  return {
    columns: ['Rule', 'Says stop', 'Why'],
    rows: advice.rules.map(({ name, met, message }) => [ruleNames[name], met ? '✓ yes' : '– not yet', message]),
  };
}

export function overviewTable(progress: Progress): Table {
  const { passages, reviewed, random, synthetic, pace, target } = progress;
  return {
    columns: ['', ''],
    rows: [
      ['Reviewed', `${reviewed} of ${passages} passages (${passages === 0 ? '–' : percentage(reviewed / passages)})`],
      ['Of a random sample', random],
      ['Verdicts per hour', pace === undefined ? 'not known before the fourth verdict' : Math.round(pace.perHour)],
      ['Time left at that pace', pace === undefined ? '–' : duration(pace.left)],
      ...(synthetic > 0 ? [['Made up and accepted', synthetic]] : []),
      ...(target === undefined ? [] : [['Target', percentage(target, 0)]]),
    ],
  };
}

/** RFC 4180: comma separated, CRLF; texts in quotes where they need it. */
export function csv({ columns, rows }: Table): string {
  return [columns, ...rows].map((row) => `${row.map(csvField).join(',')}\r\n`).join('');
}

function csvField(value: string | number): string {
  const text = String(value);
  // A spreadsheet would compute what begins like a formula; labels are named by whoever wrote the project file.
  const harmless = typeof value === 'string' && /^[=+\-@\t\r]/.test(text) ? `'${text}` : text;
  return /[",\r\n]/.test(harmless) ? `"${harmless.replaceAll('"', '""')}"` : harmless;
}

export function markdownTable({ columns, rows }: Table): string {
  const line = (cells: readonly (string | number)[]): string => `| ${cells.map(markdownCell).join(' | ')} |\n`;
  return line(columns) + line(columns.map(() => '---')) + rows.map(line).join('');
}

function markdownCell(value: string | number): string {
  return String(value)
    .replace(/[\\|<>*_`[\]]/g, '\\$&')
    .replace(/\s*\n\s*/g, ' ');
}

/** The whole view as Markdown, to be pasted into an issue, a report or a chat. */
export function progressMarkdown(progress: Progress, annotator: string, on: Date): string {
  const parts = [
    `# Labelling progress\n\n${markdownCell(annotator)}, ${on.toISOString().slice(0, 16).replace('T', ' ')} UTC${progress.current ? '' : '; the scores are of labels a little older'}\n`,
    markdownTable(overviewTable(progress)),
  ];
  for (const task of progress.tasks) {
    const { estimate, advice, curve } = task;
    parts.push(
      `## ${markdownCell(taskName(task))}\n`,
      [
        ...(estimate === undefined ? [] : [`**${measureNames[estimate.measure]} ${withInterval(estimate)}.**`]),
        basisText(task, progress.random),
      ].join(' ') + '\n',
      `**${verdictNames[advice.verdict]}.** ${advice.message}\n`,
      gainText(task) + '\n',
      markdownTable(rulesTable(task)),
    );
    if (curve.length > 0) parts.push('Learning curve:\n', markdownTable(curveTable(task)));
    parts.push('Uncertainty of unlabelled passages:\n', markdownTable(uncertaintyTable(task)));
  }
  parts.push('## Label balance\n', markdownTable(balanceTable(progress)));
  const note = balanceText(progress.balance);
  if (note !== '') parts.push(`${markdownCell(note)}\n`);
  return parts.join('\n');
}
