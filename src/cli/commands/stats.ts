import { scanCorpus } from '../../corpus/scan.js';
import { passagesOf } from '../../corpus/passages.js';
import { readLabelFiles } from '../../engine/label-files.js';
import { readProject } from '../../labels/project.js';
import { flag, integer, parseArguments, share, text, UsageError } from '../arguments.js';
import { print, printJson, table } from '../output.js';
import type { Progress, TaskProgress } from '../../protocol/progress.js';
import { commandModel, describeModel, type CommandModel } from '../models.js';
import { rankedSession, workspaceFolder } from '../session.js';

interface AnnotatorStats {
  readonly annotator: string;
  /** label (for a class `label: value`) → number of lines. */
  readonly labels: Record<string, number>;
  readonly rejections: number;
  readonly reviews: { accept: number; reject: number; skip: number };
}

/** `marginalia stats`: what has been labelled, by whom, how good the heads are, and whether to go on. */
export async function stats(args: readonly string[]): Promise<number> {
  const options = parseArguments(args, {
    workspace: { type: 'string' },
    json: { type: 'boolean' },
    'counts-only': { type: 'boolean' },
    target: { type: 'string' },
    seed: { type: 'string' },
    annotator: { type: 'string' },
    model: { type: 'string' },
  });
  const target = share(options, 'target');
  const model = commandModel(text(options, 'model'));
  const folder = workspaceFolder(text(options, 'workspace'));
  const { project, problems } = await readProject(folder);
  if (project === undefined)
    throw new UsageError(problems.map(({ file, line, message }) => `${file}:${line}: ${message}`).join('\n'));

  let documents = 0;
  let passages = 0;
  for await (const document of scanCorpus(folder, project.corpus)) {
    documents++;
    passages += passagesOf(document, project.corpus.unit).length;
  }
  const annotators: AnnotatorStats[] = [];
  const accepted = new Set<string>();
  for (const { owner, lines } of await readLabelFiles(folder, project.labels)) {
    const counted: { -readonly [K in keyof AnnotatorStats]: AnnotatorStats[K] } = {
      annotator: owner,
      labels: {},
      rejections: 0,
      reviews: { accept: 0, reject: 0, skip: 0 },
    };
    for (const { annotation } of lines) {
      if (annotation === undefined) continue;
      if (annotation.type === 'review') {
        counted.reviews[annotation.answer]++;
        const [span] = annotation.spans;
        if (annotation.answer === 'accept' && span !== undefined) accepted.add(`${annotation.doc}\n${span.start}`);
      } else if (annotation.type === 'rejection') counted.rejections++;
      else {
        const name = annotation.type === 'class' ? `${annotation.label}: ${annotation.value}` : annotation.label;
        counted.labels[name] = (counted.labels[name] ?? 0) + 1;
      }
    }
    annotators.push(counted);
  }

  const annotator = text(options, 'annotator');
  const progress =
    flag(options, 'counts-only') || accepted.size === 0
      ? undefined
      : await estimated(folder, {
          seed: integer(options, 'seed', 0),
          ...(target !== undefined && { target }),
          ...(annotator !== undefined && { annotator }),
          model: model.model,
        });
  const inUse = flag(options, 'counts-only') ? undefined : await modelInUse(model);
  const result = {
    documents,
    passages,
    accepted: accepted.size,
    ...(inUse && { model: inUse }),
    annotators,
    ...(progress && { progress }),
  };
  if (flag(options, 'json')) {
    printJson(result);
    return 0;
  }
  print(`${documents} documents, ${passages} passages, ${accepted.size} accepted by somebody`);
  if (inUse) {
    const { name, dimensions, reason, runtimeReason } = inUse;
    print(`Model ${name} (${dimensions} dimensions). ${reason} Runtime: ${runtimeReason}`);
  }
  const labels = [...new Set(annotators.flatMap(({ labels: own }) => Object.keys(own)))];
  const row = (name: string, count: (of: AnnotatorStats) => number): (string | number)[] => [
    name,
    ...annotators.map(count),
  ];
  print(
    table([
      ['', ...annotators.map(({ annotator }) => annotator)],
      ...labels.map((label) => row(label, ({ labels: own }) => own[label] ?? 0)),
      row('rejections', ({ rejections }) => rejections),
      ...(['accept', 'reject', 'skip'] as const).map((answer) => row(`reviews: ${answer}`, (of) => of.reviews[answer])),
    ]),
  );
  for (const task of progress?.tasks ?? []) print(taskText(task));
  return 0;
}

/** Which model the estimates stand on, which runtime it has, and why. */
async function modelInUse(model: CommandModel) {
  const { name, hash, dimensions, runtime, reason } = await describeModel(model);
  return { name, hash, dimensions, reason: model.reason, runtime, runtimeReason: reason };
}

/** The estimates, when they are done. */
async function estimated(folder: string, settings: Parameters<typeof rankedSession>[1]): Promise<Progress> {
  const session = await rankedSession(folder, settings);
  try {
    await session.whenEstimated();
    return await session.progress();
  } finally {
    await session.dispose();
  }
}

function taskText({ kind, name, labels, basis, estimate, gain, advice }: TaskProgress): string {
  const lines = [
    `\n${name ?? { class: 'classes', entity: 'entities', relation: 'relations' }[kind]}: ${labels} labelled passages`,
  ];
  if (estimate !== undefined) {
    const { measure, score, low, high, passages } = estimate;
    const on =
      basis === 'random'
        ? `${passages} passages chosen at random`
        : `${passages} passages that the strategy chose: biased, mostly too low`;
    const what = measure === 'accuracy' ? 'accuracy' : 'F1';
    lines.push(`  ${what} ${score.toFixed(3)} (95 %: ${low.toFixed(3)} to ${high.toFixed(3)}), on ${on}`);
  }
  if (gain !== undefined)
    lines.push(
      `  a further ${gain.labels} labels: +${gain.score.toFixed(3)} (95 %: ${gain.low.toFixed(3)} to ${gain.high.toFixed(3)})`,
    );
  lines.push(`  ${advice.message}`, ...advice.rules.map(({ message }) => `  – ${message}`));
  return lines.join('\n');
}
