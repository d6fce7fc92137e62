import { isDeepStrictEqual } from 'node:util';
import {
  EventEmitter,
  l10n,
  MarkdownString,
  ThemeIcon,
  TreeItem,
  TreeItemCollapsibleState,
  window,
  type Event,
  type TreeDataProvider,
  type TreeView,
} from 'vscode';
import {
  explanationLines,
  type Candidate,
  type CandidateKind,
  type PassageKey,
  type QueuedPassage,
} from '../protocol/engine.js';
import { describe } from './describe.js';
import type { Disposes } from './disposes.js';
import type { FolderSession } from './folder-session.js';
import type { Host } from './host.js';
import type { Log } from './log.js';

type Node =
  | { readonly type: 'candidate'; readonly candidate: Candidate }
  | { readonly type: 'passage'; readonly passage: QueuedPassage }
  | { readonly type: 'more' };

/** Rows that are asked for at a time. */
const PAGE = 100;
/** Milliseconds between two readings of a queue that keeps changing. */
const CALM = 800;

const icons: Readonly<Record<CandidateKind, string>> = {
  entity: 'symbol-string',
  relation: 'references',
  class: 'tag',
};

/**
 * The queue: candidates one by one, or grouped by passage; most informative first. The rows are read before the view is
 * told to show them: rows that are being replaced cannot be clicked.
 */
export class QueueTree implements TreeDataProvider<Node>, Disposes {
  readonly #host: Host;
  readonly #log: Log;
  readonly #changed = new EventEmitter<undefined>();
  readonly #view: TreeView<Node>;
  readonly #disposables: Disposes[];
  #rows: readonly Node[] = [];
  #grouped = false;
  #kind: CandidateKind | undefined;
  #limit = PAGE;
  #timer: NodeJS.Timeout | undefined;
  /** Grows with each reading: only the latest counts. */
  #reading = 0;

  readonly onDidChangeTreeData: Event<undefined> = this.#changed.event;

  constructor(host: Host, log: Log) {
    this.#host = host;
    this.#log = log;
    this.#view = window.createTreeView('marginalia.queue', { treeDataProvider: this, showCollapseAll: true });
    this.#disposables = [
      this.#view,
      this.#changed,
      host.onQueue(() => this.#readSoon()),
      // One that nobody sees is read when it is opened.
      this.#view.onDidChangeVisibility(({ visible }) => {
        if (visible) void this.#read();
      }),
    ];
  }

  toggleGrouping(): void {
    this.#grouped = !this.#grouped;
    this.#limit = PAGE;
    void this.#read();
  }

  /** Shows candidates of one kind only; undefined for all. */
  filter(kind: CandidateKind | undefined): void {
    this.#kind = kind;
    this.#limit = PAGE;
    this.#view.description = kind === undefined ? '' : kindName(kind);
    void this.#read();
  }

  more(): void {
    this.#limit += PAGE;
    void this.#read();
  }

  dispose(): void {
    clearTimeout(this.#timer);
    for (const disposable of this.#disposables) disposable.dispose();
  }

  getChildren(node?: Node): Node[] {
    if (node === undefined) return [...this.#rows];
    return node.type === 'passage' ? this.#candidatesOf(node.passage) : [];
  }

  getTreeItem(node: Node): TreeItem {
    switch (node.type) {
      case 'candidate':
        return candidateItem(node.candidate);
      case 'passage':
        return passageItem(node.passage);
      case 'more': {
        const title = l10n.t('Show more…');
        const item = new TreeItem(title);
        item.command = { command: 'marginalia.showMore', title };
        return item;
      }
    }
  }

  async #read(): Promise<void> {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    if (!this.#view.visible) return;
    const reading = ++this.#reading;
    const session = this.#host.session;
    let rows: readonly Node[] = [];
    // Until there is a ranking, the view's welcome text says what is going on.
    if (session !== undefined && session.status.version > 0 && session.engine.state !== 'failed') {
      try {
        rows = await (this.#grouped ? this.#passages(session) : this.#candidates(session));
      } catch (error) {
        this.#log.warn(`The queue could not be had: ${describe(error)}`);
        return;
      }
    }
    if (reading !== this.#reading || isDeepStrictEqual(rows, this.#rows)) return;
    this.#rows = rows;
    this.#changed.fire(undefined);
  }

  async #candidates(session: FolderSession): Promise<Node[]> {
    const { items } = await session.engine.request('candidates', {
      ...(this.#kind === undefined ? {} : { kind: this.#kind }),
      offset: 0,
      limit: this.#limit,
    });
    const nodes: Node[] = items.map((candidate) => ({ type: 'candidate', candidate }));
    return items.length < this.#limit ? nodes : [...nodes, { type: 'more' }];
  }

  async #passages(session: FolderSession): Promise<Node[]> {
    const { items } = await session.engine.request('passages', { exclude: [], offset: 0, limit: this.#limit });
    const nodes: Node[] = items
      .filter((passage) => this.#kind === undefined || this.#candidatesOf(passage).length > 0)
      .map((passage) => ({ type: 'passage', passage }));
    return items.length < this.#limit ? nodes : [...nodes, { type: 'more' }];
  }

  #candidatesOf({ candidates }: QueuedPassage): Node[] {
    return candidates
      .filter(({ kind }) => this.#kind === undefined || kind === this.#kind)
      .map((candidate) => ({ type: 'candidate', candidate }));
  }

  #readSoon(): void {
    this.#timer ??= setTimeout(() => void this.#read(), CALM);
  }
}

export function kindName(kind: CandidateKind): string {
  switch (kind) {
    case 'entity':
      return l10n.t('Entities');
    case 'relation':
      return l10n.t('Relations');
    case 'class':
      return l10n.t('Classes');
  }
}

function candidateItem(candidate: Candidate): TreeItem {
  const { kind, text, doc, passage, distribution, score, strategy } = candidate;
  const [best] = ranked(distribution);
  const item = new TreeItem(oneLine(text, 60));
  item.iconPath = new ThemeIcon(icons[kind]);
  item.description = `${best === undefined ? '' : `${best[0]}? `}${score.toFixed(2)}`;
  item.tooltip = tooltip(text, doc, `${strategy} ${score.toFixed(3)}`, distribution);
  item.command = open({ doc, ...passage });
  item.contextValue = kind;
  item.accessibilityInformation = {
    label: l10n.t('{0}: {1}, perhaps {2}, score {3}', kindName(kind), text, best?.[0] ?? '', score.toFixed(2)),
  };
  return item;
}

function passageItem({ key, text, score, strategy, candidates, explanation }: QueuedPassage): TreeItem {
  const item = new TreeItem(
    oneLine(text, 60),
    candidates.length > 0 ? TreeItemCollapsibleState.Collapsed : TreeItemCollapsibleState.None,
  );
  item.iconPath = new ThemeIcon('note');
  item.description = score.toFixed(2);
  item.tooltip = tooltip(text, key.doc, `${strategy} ${score.toFixed(3)}`);
  for (const line of explanationLines(explanation)) {
    item.tooltip.appendMarkdown('\n\n');
    item.tooltip.appendText(line);
  }
  item.command = open(key);
  item.contextValue = 'passage';
  item.id = `${key.doc}\n${key.start}\n${key.end}`;
  return item;
}

function open(key: PassageKey): { command: string; title: string; arguments: unknown[] } {
  return { command: 'marginalia.openQueued', title: l10n.t('Open Passage'), arguments: [key] };
}

function tooltip(text: string, doc: string, score: string, distribution?: Candidate['distribution']): MarkdownString {
  const content = new MarkdownString();
  content.appendText(`${oneLine(text, 300)}\n`);
  content.appendMarkdown('\n\n');
  content.appendText(`${doc} · ${score}`);
  if (distribution !== undefined) {
    content.appendMarkdown('\n\n| | |\n|:--|--:|\n');
    for (const [label, probability] of ranked(distribution).slice(0, 8)) {
      content.appendMarkdown('| ');
      content.appendText(label);
      content.appendMarkdown(` | ${(100 * probability).toFixed(1)} % |\n`);
    }
  }
  return content;
}

function ranked(distribution: Candidate['distribution']): [string, number][] {
  return Object.entries(distribution).sort((a, b) => b[1] - a[1]);
}

function oneLine(text: string, length: number): string {
  const line = text.replace(/\s+/g, ' ').trim();
  const characters = Array.from(line);
  return characters.length <= length ? line : `${characters.slice(0, length).join('')}…`;
}
