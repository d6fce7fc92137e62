import { access } from 'node:fs/promises';
import {
  l10n,
  ProgressLocation,
  QuickInputButtons,
  Uri,
  window,
  workspace,
  type QuickPickItem,
  type WorkspaceFolder,
} from 'vscode';
import { guessCorpus, type CorpusGuess } from '../corpus/guess.js';
import { choiceOf, FIRST_TEXTS, writeProject } from '../labels/new-project.js';
import { parseProject, projectFileName } from '../labels/project.js';
import { projectText, type ProjectChoice } from '../labels/project-text.js';
import { askForProject, type Ask, type Choice, type Question } from './project-questions.js';

/**
 * Makes a folder a project: guesses from its files what the corpus is, has the person confirm it, and writes
 * `marginalia.json`. One that is there is only opened.
 * @returns whether there is a new project
 */
export async function createProject(): Promise<boolean> {
  const folder = await chosenFolder();
  if (folder === undefined) return false;
  if (await exists(projectFileOf(folder))) {
    await window.showTextDocument(projectFileOf(folder));
    return false;
  }
  const guess = await window.withProgress(
    { location: ProgressLocation.Window, title: l10n.t('Looking for texts to label…') },
    () => guessCorpus(folder.uri.fsPath),
  );
  const choice = await confirmed(guess);
  if (choice === undefined) return false;
  await writeProject(folder.uri.fsPath, choice);
  void offerProjectFile(folder);
  return true;
}

/** Opens the project file of the workspace folder that has one. */
export async function openProjectFile(folder: string): Promise<void> {
  await window.showTextDocument(Uri.joinPath(Uri.file(folder), projectFileName));
}

async function chosenFolder(): Promise<WorkspaceFolder | undefined> {
  const folders = workspace.workspaceFolders ?? [];
  if (folders.length === 0) throw new Error(l10n.t('Open a folder first: a project is about the texts of a folder.'));
  if (folders.length === 1) return folders[0];
  return window.showWorkspaceFolderPick({ placeHolder: l10n.t('Folder for marginalia.json') });
}

async function confirmed(guess: CorpusGuess): Promise<ProjectChoice | undefined> {
  if (guess.sources.length > 0) return askForProject(guess, ask);
  const include = await window.showInputBox({
    title: l10n.t('There are no texts here yet'),
    prompt: l10n.t('A pattern for the text, Markdown, JSONL or CSV files that will be here'),
    value: FIRST_TEXTS,
    ignoreFocusOut: true,
    validateInput: (text) => problemOf(guess, text),
  });
  if (include === undefined) return undefined;
  const source = { rule: { include }, kind: 'text', files: [], sampled: 0, fields: [] } as const;
  return askForProject({ ...guess, sources: [source] }, ask);
}

/** Why a pattern cannot be used. */
function problemOf(guess: CorpusGuess, include: string): string | undefined {
  if (include.trim() === '') return l10n.t('Name some files, such as docs/**/*.md.');
  const text = projectText({ ...choiceOf(guess), corpus: [{ include }], template: 'ner' });
  return parseProject(text).problems.find(({ severity }) => severity === 'error')?.message;
}

async function offerProjectFile(folder: WorkspaceFolder): Promise<void> {
  const open = l10n.t('Open marginalia.json');
  const picked = await window.showInformationMessage(
    l10n.t('marginalia.json now says what is labelled here, and with which labels. Change it at any time.'),
    open,
  );
  if (picked === open) await window.showTextDocument(projectFileOf(folder));
}

function projectFileOf(folder: WorkspaceFolder): Uri {
  return Uri.joinPath(folder.uri, projectFileName);
}

function exists(file: Uri): Promise<boolean> {
  return access(file.fsPath).then(
    () => true,
    () => false,
  );
}

interface Item<T> extends QuickPickItem {
  readonly choice: Choice<T>;
}

/** Asks by a quick pick that can go back; Escape leaves. */
const ask: Ask = <T>(question: Question<T>) =>
  new Promise<readonly T[] | 'back' | undefined>((resolve) => {
    const pick = window.createQuickPick<Item<T>>();
    pick.title = question.title;
    pick.placeholder = question.placeholder;
    pick.step = question.step;
    pick.totalSteps = question.steps;
    pick.canSelectMany = question.many;
    pick.ignoreFocusOut = true;
    pick.matchOnDescription = true;
    pick.matchOnDetail = true;
    pick.buttons = question.step > 1 ? [QuickInputButtons.Back] : [];
    pick.items = question.choices.map((choice) => ({ ...choice, choice }));
    if (question.many) pick.selectedItems = pick.items;
    const end = (answer: readonly T[] | 'back' | undefined): void => {
      resolve(answer);
      pick.dispose();
    };
    pick.onDidTriggerButton(() => end('back'));
    pick.onDidHide(() => end(undefined));
    pick.onDidAccept(() => {
      // Nothing chosen is no answer.
      if (pick.selectedItems.length > 0) end(pick.selectedItems.map(({ choice }) => choice.value));
    });
    pick.show();
  });
