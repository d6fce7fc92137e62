import { z } from 'zod';
import { DEFAULT_STRATEGY, STRATEGIES } from '../../learning/strategies/names.js';
import { explanationLines, type Candidate, type QueuedPassage } from '../../protocol/engine.js';
import { flag, integer, oneOf, parseArguments, text } from '../arguments.js';
import { print, printJson } from '../output.js';
import { commandModel } from '../models.js';
import { rankedSession, workspaceFolder } from '../session.js';

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
  });
  const limit = integer(options, 'limit', 20, 1);
  const by = oneOf(options, 'by', ['candidate', 'passage']) ?? 'candidate';
  const kind = oneOf(options, 'kind', KINDS);
  const annotator = text(options, 'annotator');
  const { model } = commandModel(text(options, 'model'));
  const session = await rankedSession(workspaceFolder(text(options, 'workspace')), {
    strategy: oneOf(options, 'strategy', STRATEGIES) ?? DEFAULT_STRATEGY,
    seed: integer(options, 'seed', 0),
    ...(annotator !== undefined && { annotator }),
    model,
  });
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
