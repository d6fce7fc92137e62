import { randomBytes } from 'node:crypto';
import { hostname } from 'node:os';
import { sha16 } from './annotation.js';

/** Names one open store in the names of its journals and in its locks, so that others can tell whether it still lives. */
export interface Writer {
  /** `<host>-<pid>-<random>`, without dots. */
  readonly name: string;
}

/** What a writer leaves behind is taken over at this age even where its process seems to live: its number may be another's now. */
const abandonedAfter = 10 * 60_000;

const form = /^([0-9a-f]{6})-(\d+)-[0-9a-f]{8}$/;
const host = sha16(hostname()).slice(0, 6);

export function newWriter(pid: number = process.pid): Writer {
  return { name: `${host}-${pid}-${randomBytes(4).toString('hex')}` };
}

/**
 * Whether what this writer left behind is nobody's any more: its process has ended, or it is on another machine or
 * unknown and has not been touched for ten minutes.
 * @param modified milliseconds since 1970 of what it left
 */
export function isAbandoned(name: string, modified: number): boolean {
  if (Date.now() - modified > abandonedAfter) return true;
  const match = form.exec(name);
  return match !== null && match[1] === host && !isRunning(Number(match[2]));
}

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    // EPERM: it runs, as somebody else.
    return error instanceof Error && 'code' in error && error.code === 'EPERM';
  }
}
