import { window, type LogOutputChannel } from 'vscode';

/** What modules that know nothing of the editor log to; a LogOutputChannel is one. */
export interface Log {
  debug(message: string): void;
  info(message: string): void;
  warn(message: string): void;
  error(message: string): void;
}

/** The output channel 'Marginalia'. */
export function createLog(): LogOutputChannel {
  return window.createOutputChannel('Marginalia', { log: true });
}
