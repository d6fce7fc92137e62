import { z } from 'zod';
import { DEFAULT_STRATEGY, STRATEGIES } from '../../learning/strategies/names.js';
import type { Session } from '../../engine/session.js';
import type { Strategy } from '../../learning/types.js';
import { explanationLines, type Candidate, type QueuedPassage } from '../../protocol/engine.js';
import { flag, integer, oneOf, parseArguments, share, text, UsageError, type Arguments } from '../arguments.js';
import { appendedLines, linesOf } from '../lines.js';
import { log, print, printJson } from '../output.js';
import { commandModel } from '../models.js';
import { rankedSession, workspaceFolder } from '../session.js';
import { decisions } from './queue-stream.js';

/** Share of what arrives that is queried, unless --budget says otherwise. */
const STREAM_BUDGET = 0.1;

const KINDS = z.enum(['entity', 'relation', 'class']).options;

/** `marginalia queue`: what the heads are least sure of, most informative first. */
export async function queue(args: readonly string[]): Promise<number> {
  const options = parseArguments(args, {
    workspace: { type: 'string' },
    json: { type: 'boolean' },
    strategy: { type: 'string' },
    limit: { type: 'string' },
    kind: { type: 'string' },
    by: { type: 'string' },
    seed: { type: 'string' },
    annotator: { type: 'string' },
    model: { type: 'string' },
    stream: { type: 'boolean' },
    budget: { type: 'string' },
  });
  if (flag(options, 'stream')) return stream(options);
  const [unknown] = options.positionals;
  if (unknown !== undefined) throw new UsageError(`'${unknown}' is a file to follow: that takes --stream.`);
  if (text(options, 'budget') !== undefined) throw new UsageError('--budget takes --stream.');
  const limit = integer(options, 'limit', 20, 1);
  const by = oneOf(options, 'by', ['candidate', 'passage']) ?? 'candidate';
  const kind = oneOf(options, 'kind', KINDS);
  const { session } = await sessionOf(options);
  try {
    if (by === 'candidate') {
      const { items } = await session.candidates({ kind, offset: 0, limit });
      if (flag(options, 'json')) printJson({ items });
      else for (const item of items) print(candidateLine(item));
    } else {
      const { items } = await session.passages({ exclude: [], offset: 0, limit });
      const passages = items.map((item) => passageItem(item, kind));
      if (flag(options, 'json')) printJson({ items: passages });
      else for (const item of items) print(passageLines(item));
    }
  } finally {
    await session.dispose();
  }
  return 0;
}

/** The session that a command asks for, and by what it ranks. */
async function sessionOf(options: Arguments): Promise<{ session: Session; strategy: Strategy; seed: number }> {
  const annotator = text(options, 'annotator');
  const strategy = oneOf(options, 'strategy', STRATEGIES) ?? DEFAULT_STRATEGY;
  const seed = integer(options, 'seed', 0);
  const { model } = commandModel(text(options, 'model'));
  const session = await rankedSession(workspaceFolder(text(options, 'workspace')), {
    strategy,
    seed,
    ...(annotator !== undefined && { annotator }),
    model,
  });
  return { session, strategy, seed };
}

/** `marginalia queue --stream [FILE …]`: a decision a line of stdin, or of what is appended to the files. */
async function stream(options: Arguments): Promise<number> {
  for (const name of ['kind', 'by'])
    if (text(options, name) !== undefined) throw new UsageError(`--${name} does not go with --stream.`);
  const budget = share(options, 'budget') ?? STREAM_BUDGET;
  const limit = text(options, 'limit') === undefined ? undefined : integer(options, 'limit', 1, 1);
  const { session, strategy, seed } = await sessionOf(options);
  const end = new AbortController();
  const stop = (): void => end.abort();
  process.once('SIGINT', stop).once('SIGTERM', stop);
  try {
    const files = options.positionals;
    const lines =
      files.length === 0 ? linesOf(process.stdin, 'stdin', end.signal) : await appendedLines(files, end.signal);
    log(files.length === 0 ? 'Reading from stdin, a passage a line.' : `Following ${files.join(', ')}.`);
    for await (const decision of decisions(lines, session, { strategy, seed, budget, limit }))
      print(JSON.stringify(decision));
  } finally {
    process.off('SIGINT', stop).off('SIGTERM', stop);
    await session.dispose();
  }
  return 0;
}

function passageLines({ score, key, text, explanation }: QueuedPassage): string {
  const why = explanationLines(explanation).join('; ');
  return `${score.toFixed(3)}  ${key.doc}:${key.start}  ${text.replace(/\s+/g, ' ')}\n       ${why}`;
}

function candidateLine({ score, kind, doc, text, distribution }: Candidate): string {
  const likeliest = Object.entries(distribution)
    .sort(([, a], [, b]) => b - a)
    .slice(0, 3)
    .map(([label, p]) => `${label} ${p.toFixed(2)}`)
    .join(', ');
  return `${score.toFixed(3)}  ${kind.padEnd(8)}  ${doc}  “${text.replace(/\s+/g, ' ')}”  ${likeliest}`;
}

function passageItem(
  { key, text, score, strategy, candidates, explanation, synthetic }: QueuedPassage,
  kind: Candidate['kind'] | undefined,
): object {
  return {
    kind: 'passage',
    doc: key.doc,
    spans: [{ start: key.start, end: key.end }],
    text,
    passage: { start: key.start, end: key.end },
    score,
    strategy,
    ...(synthetic && { synthetic }),
    explanation,
    candidates: candidates.filter((candidate) => kind === undefined || candidate.kind === kind),
  };
}
