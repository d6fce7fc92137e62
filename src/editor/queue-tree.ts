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
import { explanationLines, Candidate, type CandidateKind, type PassageKey, QueuedPassage } from '../protocol/engine.js';
import { includesReviewed, orderOf, type QueueFilter } from '../protocol/queue-filter.js';
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
        const grouped = this.#grouped || showsPassages(session.filter?.filter);
        rows = await (grouped ? this.#passages(session) : this.#candidates(session));
        if (reading === this.#reading) await this.#describeFilter(session);
      } catch (error) {
        this.#log.warn(`The queue could not be had: ${describe(error)}`);
        return;
      }
    }
    if (session === undefined) await this.#describeFilter(session);
    if (reading !== this.#reading || isDeepStrictEqual(rows, this.#rows)) return;
    this.#rows = rows;
    this.#changed.fire(undefined);
  }

  async #candidates(session: FolderSession): Promise<Node[]> {
    const { items } = await session.engine.request('candidates', {
      ...(session.filter && { filter: session.filter.filter }),
      offset: 0,
      limit: this.#limit,
    });
    const nodes: Node[] = items.map((candidate) => ({ type: 'candidate', candidate }));
    return items.length < this.#limit ? nodes : [...nodes, { type: 'more' }];
  }

  async #passages(session: FolderSession): Promise<Node[]> {
    const { items } = await session.engine.request('passages', {
      exclude: [],
      ...(session.filter && { filter: session.filter.filter }),
      offset: 0,
      limit: this.#limit,
    });
    const nodes: Node[] = items.map((passage) => ({ type: 'passage', passage }));
    return items.length < this.#limit ? nodes : [...nodes, { type: 'more' }];
  }

  #candidatesOf({ candidates }: QueuedPassage): Node[] {
    const kinds = (this.#host.session?.filter?.filter.terms ?? [])
      .filter(({ field, not }) => field === 'kind' && !not)
      .map(({ value }) => value);
    return candidates
      .filter(({ kind }) => kinds.length === 0 || kinds.includes(kind))
      .map((candidate) => ({ type: 'candidate', candidate }));
  }

  /** Says above the rows what they are narrowed to, and how many passages fit. */
  async #describeFilter(session: FolderSession | undefined): Promise<void> {
    const chosen = session?.filter;
    if (session === undefined || chosen === undefined) {
      this.#view.message = '';
      return;
    }
    const { matching } = await session.engine.request('passages', {
      exclude: [],
      filter: chosen.filter,
      offset: 0,
      limit: 0,
    });
    if (session.filter === chosen) this.#view.message = l10n.t('{0} passages fit: {1}', matching ?? 0, chosen.query);
  }

  #readSoon(): void {
    this.#timer ??= setTimeout(() => void this.#read(), CALM);
  }
}

/** The passage of a row, as a menu's command is given it. */
export function rowKey(row: unknown): PassageKey | undefined {
  if (typeof row !== 'object' || row === null) return undefined;
  if ('passage' in row) return KeyedRow.safeParse(row.passage).data?.key;
  const candidate = 'candidate' in row ? CandidateRow.safeParse(row.candidate).data : undefined;
  return candidate && { doc: candidate.doc, ...candidate.passage };
}

const KeyedRow = QueuedPassage.pick({ key: true });
const CandidateRow = Candidate.pick({ doc: true, passage: true });

/** Reviewed passages have no candidates, and other orders than the strategy's are orders of passages. */
function showsPassages(filter: QueueFilter | undefined): boolean {
  return filter !== undefined && (includesReviewed(filter) || orderOf(filter) !== 'uncertainty');
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
