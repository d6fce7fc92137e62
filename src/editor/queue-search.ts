import path from 'node:path';
import { l10n, ThemeIcon, window, type QuickPick, type QuickPickItem } from 'vscode';
import type { PassageKey } from '../protocol/engine.js';
import { everything, orderOf, QueueOrder } from '../protocol/queue-filter.js';
import { formatQuery, parseQuery, withOrder } from '../protocol/queue-query.js';
import { labelNames } from '../labels/project.js';
import { describe } from './describe.js';
import type { FolderSession } from './folder-session.js';
import type { Host } from './host.js';
import { completions, type Vocabulary } from './queue-completion.js';

/** Milliseconds without a key after which passages are looked for. */
const PAUSE = 120;
const FOUND = 60;

interface QueryItem extends QuickPickItem {
  /** What choosing it makes of the query. */
  readonly query?: string;
  /** Whether that is all. */
  readonly done?: boolean;
}

/** Asks for a query and narrows the queue to what fits it. */
export async function filterQueue(host: Host): Promise<void> {
  const session = host.session;
  if (session === undefined) return;
  const vocabulary = vocabularyOf(session);
  const query = await chosen<QueryItem, string>((box) => {
    box.title = l10n.t('Filter the Queue');
    box.placeholder = l10n.t(
      'Words, label:…, file:…, status:…, annotator:…, kind:…, score>…, sort:…; a minus excludes',
    );
    box.value = session.filter === undefined ? '' : `${session.filter.query} `;
    const update = (): void => {
      box.items = queryItems(box.value, vocabulary);
    };
    update();
    return {
      changed: update,
      accepted: () => {
        const [item] = box.activeItems;
        if (item?.query === undefined) return undefined;
        if (item.done === true) return item.query;
        box.value = item.query;
        update();
        return undefined;
      },
    };
  });
  if (query !== undefined) await host.setFilter(query);
}

function queryItems(value: string, vocabulary: Vocabulary): QueryItem[] {
  const { problems } = parseQuery(value);
  const offered = completions(value, vocabulary).map(({ term, query }): QueryItem => ({
    label: term,
    description: l10n.t('goes on with the query'),
    alwaysShow: true,
    query,
  }));
  const isWhole = /\s$/.test(value) || offered.length === 0;
  const apply: QueryItem[] =
    problems.length > 0
      ? problems.map((problem) => ({ label: problem, iconPath: new ThemeIcon('warning'), alwaysShow: true }))
      : value.trim() === ''
        ? [{ label: l10n.t('Show everything that is to be reviewed'), alwaysShow: true, query: '', done: true }]
        : [{ label: l10n.t('Show what fits'), description: value.trim(), alwaysShow: true, query: value, done: true }];
  // Enter does what the person is about: completes a term that is begun, else applies the query.
  return isWhole || value.trim() === '' ? [...apply, ...offered] : [...offered, ...apply];
}

function vocabularyOf(session: FolderSession): Vocabulary {
  const project = session.project;
  if (project === undefined) return { labels: [], files: [], annotators: session.annotators };
  const values = project.classes.flatMap((type) => type.values.map(({ value }) => value));
  return {
    labels: [...new Set([...labelNames(project), ...values])],
    files: [...new Set(project.corpus.rules.map(({ include }) => include))],
    annotators: session.annotators,
  };
}

/** Asks for the order of the queue. */
export async function sortQueue(host: Host): Promise<void> {
  const session = host.session;
  if (session === undefined) return;
  const filter = session.filter?.filter ?? everything;
  const orders = QueueOrder.options.filter((order) => order !== 'similarity' || filter.like !== undefined);
  const current = orderOf(filter);
  const picked = await window.showQuickPick(
    orders.map((order) => ({ ...orderText(order), order, picked: order === current })),
    { placeHolder: l10n.t('In which order the queue is shown') },
  );
  if (picked === undefined) return;
  const usual = filter.like === undefined ? 'uncertainty' : 'similarity';
  await host.setFilter(formatQuery(withOrder(filter, picked.order === usual ? undefined : picked.order)));
}

function orderText(order: QueueOrder): { label: string; detail: string } {
  switch (order) {
    case 'uncertainty':
      return { label: l10n.t('By uncertainty'), detail: l10n.t('As the query strategy ranks them.') };
    case 'document':
      return { label: l10n.t('In document order'), detail: l10n.t('File by file, from the beginning of the text.') };
    case 'disagreement':
      return {
        label: l10n.t('By disagreement'),
        detail: l10n.t(
          'Reviewed passages where annotators contradict one another, then where the model contradicts them.',
        ),
      };
    case 'similarity':
      return { label: l10n.t('By likeness'), detail: l10n.t('Nearest to the chosen passage first.') };
  }
}

/** Narrows the queue to what is like a passage, nearest first; what else the filter says stays. */
export async function moreLikeThis(host: Host, like: PassageKey): Promise<void> {
  const filter = withOrder(host.session?.filter?.filter ?? everything, undefined);
  await host.setFilter(formatQuery({ ...filter, like }));
}

interface FoundItem extends QuickPickItem {
  readonly key: PassageKey;
}

/** Asks for a passage by what it says; undefined where none is chosen. */
export async function findPassage(session: FolderSession): Promise<PassageKey | undefined> {
  return chosen<FoundItem, PassageKey>((box) => {
    box.title = l10n.t('Go to Passage');
    box.placeholder = l10n.t('Words of the passage, or of its file; a slip is forgiven');
    let timer: NodeJS.Timeout | undefined;
    let asked = 0;
    const look = async (): Promise<void> => {
      const asking = ++asked;
      box.busy = true;
      const items = await session.engine.request('find', { text: box.value, limit: FOUND }).then(
        (result) => result.items,
        (error: unknown) => {
          box.title = describe(error);
          return [];
        },
      );
      if (asking !== asked) return;
      box.busy = false;
      box.items = items.map(({ key, text }) => ({
        label: text,
        description: path.posix.basename(key.doc),
        detail: key.doc,
        alwaysShow: true,
        key,
      }));
    };
    void look();
    return {
      changed: () => {
        clearTimeout(timer);
        timer = setTimeout(() => void look(), PAUSE);
      },
      accepted: () => box.activeItems[0]?.key,
    };
  });
}

/** Shows a quick pick until it gives a result or is left. */
function chosen<I extends QuickPickItem, R>(
  prepare: (box: QuickPick<I>) => { readonly changed: () => void; readonly accepted: () => R | undefined },
): Promise<R | undefined> {
  return new Promise((resolve) => {
    const box = window.createQuickPick<I>();
    const { changed, accepted } = prepare(box);
    box.onDidChangeValue(changed);
    box.onDidAccept(() => {
      const result = accepted();
      if (result === undefined) return;
      resolve(result);
      box.hide();
    });
    box.onDidHide(() => {
      resolve(undefined);
      box.dispose();
    });
    box.show();
  });
}
