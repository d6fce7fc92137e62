import { commands, Disposable, window } from 'vscode';
import type { Disposes } from './disposes.js';
import type { Host } from './host.js';
import type { OpenFiles } from './open-files.js';

/** Keeps the context key `marginalia.corpusEditor`: whether the active text editor shows a file of the corpus. */
export function watchCorpusEditor(host: Host, files: OpenFiles): Disposes {
  let told: boolean | undefined;
  const tell = (): void => {
    const editor = window.activeTextEditor;
    const isOne = editor !== undefined && files.has(editor.document);
    if (isOne === told) return;
    told = isOne;
    void commands.executeCommand('setContext', 'marginalia.corpusEditor', isOne);
  };
  tell();
  return Disposable.from(window.onDidChangeActiveTextEditor(tell), host.onLabels(tell), files.onChange(tell));
}
