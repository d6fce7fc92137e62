import { z } from 'zod';
import type { Annotation } from './annotation.js';
import { after, type Change, type HistoryEvent, type Step, type Steps } from './history.js';
import { parseLine, serialise } from './serialise.js';

/**
 * A history as a text that only grows: a line of JSON for each event, so that keeping one action costs one line. Label
 * lines stand in it as they stand in label files.
 */

const at = z.int();
const Line = z.discriminatedUnion('do', [
  z.object({
    do: z.enum(['step', 'follow']),
    at,
    annotator: z.string(),
    changes: z.array(z.tuple([z.string(), z.string().nullable(), z.string().nullable()])),
    context: z.unknown().optional(),
  }),
  z.object({ do: z.literal('undo'), at }),
  z.object({ do: z.literal('redo'), at }),
  z.object({ do: z.literal('drop'), at, of: z.enum(['undo', 'redo']) }),
]);

/** @param time milliseconds since 1970 */
export function encodeEvent(event: HistoryEvent, time: number): string {
  const line: z.input<typeof Line> =
    event.do === 'step' || event.do === 'follow' ? stepLine(event.do, event.step, time) : { ...event, at: time };
  return `${JSON.stringify(line)}\n`;
}

function stepLine(what: 'step' | 'follow', { annotator, changes, context }: Step, time: number): z.input<typeof Line> {
  const raw = (line: Annotation | undefined): string | null => (line === undefined ? null : serialise(line));
  return {
    do: what,
    at: time,
    annotator,
    changes: changes.map(({ id, before, after: later }) => [id, raw(before), raw(later)]),
    context,
  };
}

/**
 * Steps as the shortest log of them. Those next in turn are kept as long as they fit, in each direction.
 * @param most how many characters the steps of one direction may take
 */
export function encodeSteps({ undo, redo }: Steps, time: number, most = Infinity): string {
  const encoded = (steps: readonly Step[]): string[] => {
    const lines: string[] = [];
    let length = 0;
    // The next in turn stands last.
    for (const step of steps.toReversed()) {
      const line = encodeEvent({ do: 'step', step }, time);
      length += line.length;
      if (length > most) break;
      lines.push(line);
    }
    return lines;
  };
  const again = encoded(redo);
  return [...encoded(undo).reverse(), ...again, ...again.map(() => encodeEvent({ do: 'undo' }, time))].join('');
}

export interface DecodedSteps {
  readonly steps: Steps;
  /** When something last happened, in milliseconds since 1970; undefined for an empty log. */
  readonly latest: number | undefined;
}

/**
 * The steps that a log leads to. What a crash cut off at its end is left out.
 * @returns undefined where the log cannot be read otherwise: then nothing of it can be relied upon
 */
export function decodeSteps(text: string): DecodedSteps | undefined {
  let steps: Steps | undefined = { undo: [], redo: [] };
  let latest: number | undefined;
  for (const line of text.slice(0, text.lastIndexOf('\n') + 1).split('\n')) {
    if (line === '') continue;
    const parsed = Line.safeParse(fromJson(line));
    const event = parsed.success ? eventOf(parsed.data) : undefined;
    steps = event && after(steps, event);
    if (steps === undefined) return undefined;
    latest = parsed.data?.at;
  }
  return { steps, latest };
}

function eventOf(line: z.infer<typeof Line>): HistoryEvent | undefined {
  if (line.do === 'drop') return { do: 'drop', of: line.of };
  if (line.do === 'undo' || line.do === 'redo') return { do: line.do };
  const { annotator, context } = line;
  const changes: Change[] = [];
  for (const [id, before, later] of line.changes) {
    const [was, became] = [annotation(id, before), annotation(id, later)];
    if (was === 'damaged' || became === 'damaged') return undefined;
    changes.push({ id, before: was, after: became });
  }
  return { do: line.do, step: { annotator, changes, context } };
}

function annotation(id: string, raw: string | null): Annotation | undefined | 'damaged' {
  if (raw === null) return undefined;
  const { annotation: line } = parseLine(raw);
  return line?.id === id ? line : 'damaged';
}

function fromJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
