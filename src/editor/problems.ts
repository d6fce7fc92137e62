import { Diagnostic, DiagnosticSeverity, languages, Range, Uri } from 'vscode';
import type { Problem, Severity } from '../corpus/types.js';
import type { Disposes } from './disposes.js';
import type { Host } from './host.js';

const severities: Readonly<Record<Severity, DiagnosticSeverity>> = {
  error: DiagnosticSeverity.Error,
  warning: DiagnosticSeverity.Warning,
  information: DiagnosticSeverity.Information,
};

/** Shows in the Problems panel what `marginalia check` prints. */
export function createProblems(host: Host): Disposes {
  const collection = languages.createDiagnosticCollection('marginalia');
  let shown = '';
  const update = (): void => {
    const session = host.session;
    const problems = session?.problems ?? [];
    const content = JSON.stringify([session?.folder, problems]);
    if (content === shown) return;
    shown = content;
    collection.clear();
    if (session === undefined) return;
    const folder = Uri.file(session.folder);
    for (const file of new Set(problems.map((problem) => problem.file))) {
      const own = problems.filter((problem) => problem.file === file);
      collection.set(Uri.joinPath(folder, file), own.map(diagnostic));
    }
  };
  const listening = host.onChange(update);
  return {
    dispose: () => {
      listening.dispose();
      collection.dispose();
    },
  };
}

function diagnostic({ line, severity, code, message }: Problem): Diagnostic {
  const at = Math.max(0, line - 1);
  const found = new Diagnostic(new Range(at, 0, at, Number.MAX_SAFE_INTEGER), message, severities[severity]);
  found.source = 'Marginalia';
  found.code = code;
  return found;
}
