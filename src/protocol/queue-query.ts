import { PassageStatus, QueueOrder, TermField, type FilterTerm, type QueueFilter } from './queue-filter.js';

/**
 * The filter of the queue as a person types it: words, and terms such as `label:Person`, `file:docs/**`,
 * `status:flagged`, `annotator:mei`, `kind:relation`, `score>0.5`, `sort:document` and `like:docs/a.md:120-260`. A minus
 * sign before a term excludes what it fits; quotation marks hold spaces together, and a backslash takes the next
 * character as it is.
 */

export interface Token {
  /** Where it stands in the query, in UTF-16 units. */
  readonly start: number;
  readonly end: number;
  /** Without quotation marks and backslashes. */
  readonly text: string;
  /** Units of `text` before the first quotation mark or backslash: only there a term's name and sign are read. */
  readonly bare: number;
}

export interface ParsedQuery {
  readonly filter: QueueFilter;
  /** What cannot be understood, for the person. */
  readonly problems: readonly string[];
}

const synonyms: Readonly<Record<string, TermField>> = { source: 'file', is: 'status', by: 'annotator' };
const kinds = ['entity', 'relation', 'class'];

/** The names of terms, as they are completed. */
export const termNames = ['label:', 'file:', 'status:', 'annotator:', 'kind:', 'score>', 'score<', 'sort:'] as const;

/** The values of those terms that have a fixed choice. */
export const termValues: Readonly<Record<string, readonly string[]>> = {
  status: PassageStatus.options,
  kind: kinds,
  sort: QueueOrder.options.filter((order) => order !== 'similarity'),
};

export function tokens(query: string): Token[] {
  const found: Token[] = [];
  let at = 0;
  while (at < query.length) {
    if (/\s/.test(query[at]!)) {
      at++;
      continue;
    }
    const start = at;
    let text = '';
    let bare: number | undefined;
    let quoted = false;
    for (; at < query.length && (quoted || !/\s/.test(query[at]!)); at++) {
      const unit = query[at]!;
      if (unit === '"' || unit === '\\') bare ??= text.length;
      if (unit === '"') quoted = !quoted;
      else if (unit === '\\' && at + 1 < query.length) text += query[++at]!;
      else text += unit;
    }
    found.push({ start, end: at, text, bare: bare ?? text.length });
  }
  return found;
}

export function parseQuery(query: string): ParsedQuery {
  const terms: FilterTerm[] = [];
  const scores: QueueFilter['scores'] = [];
  const problems: string[] = [];
  let like: QueueFilter['like'];
  let order: QueueOrder | undefined;

  for (const { text: whole, bare } of tokens(query)) {
    const not = whole.startsWith('-') && bare > 0 && whole.length > 1;
    const text = not ? whole.slice(1) : whole;
    const head = /^([a-z]+)(:|>=|<=|>|<)/i.exec(text.slice(0, bare - (not ? 1 : 0)));
    const name = head?.[1]?.toLowerCase() ?? '';
    const sign = head?.[2] ?? '';
    const value = text.slice(head?.[0].length ?? 0);
    const field = synonyms[name] ?? TermField.safeParse(name).data;
    if (name === 'score' && head !== null) {
      const bound = Number(value);
      if (value === '' || !Number.isFinite(bound) || sign === ':' || not)
        problems.push(`'${whole}': a score is compared with a number, such as score>0.5`);
      else scores.push({ comparison: sign as '>' | '>=' | '<' | '<=', value: bound });
    } else if (sign === ':' && name === 'sort') {
      const found = QueueOrder.safeParse(value.toLowerCase());
      if (not || !found.success) problems.push(`'${whole}': sort takes ${QueueOrder.options.join(', ')}`);
      else order = found.data;
    } else if (sign === ':' && name === 'like') {
      const place = /^(.+):(\d{1,15})-(\d{1,15})$/s.exec(value);
      if (not || place === null) problems.push(`'${whole}': like takes a passage, such as like:docs/a.md:120-260`);
      else like = { doc: place[1]!, start: Number(place[2]), end: Number(place[3]) };
    } else if (sign === ':' && field !== undefined) {
      const choice = field === 'status' || field === 'kind' ? termValues[field] : undefined;
      const chosen = choice === undefined ? value : value.toLowerCase();
      if (value === '') problems.push(`'${whole}': ${name} needs a value`);
      else if (choice?.includes(chosen) === false) problems.push(`'${whole}': ${name} takes ${choice.join(', ')}`);
      else terms.push({ field, value: chosen, not });
    } else if (text !== '') terms.push({ field: 'text', value: text, not });
  }
  return {
    filter: { terms, scores, ...(like !== undefined && { like }), ...(order !== undefined && { order }) },
    problems,
  };
}

/** The query that is parsed as this filter. */
export function formatQuery({ terms, scores, like, order }: QueueFilter): string {
  return [
    ...terms.map(
      ({ field, value, not }) => `${not ? '-' : ''}${field === 'text' ? wordText(value) : `${field}:${quote(value)}`}`,
    ),
    ...scores.map(({ comparison, value }) => `score${comparison}${value}`),
    ...(like === undefined ? [] : [`like:${quote(`${like.doc}:${like.start}-${like.end}`)}`]),
    ...(order === undefined ? [] : [`sort:${order}`]),
  ].join(' ');
}

/** The filter with what was said of one field replaced. */
export function withTerm(filter: QueueFilter, field: TermField, value: string | undefined): QueueFilter {
  const others = filter.terms.filter((term) => term.field !== field);
  return { ...filter, terms: value === undefined ? others : [...others, { field, value, not: false }] };
}

/** The filter in another order; undefined for its usual one. */
export function withOrder({ terms, scores, like }: QueueFilter, order: QueueOrder | undefined): QueueFilter {
  return { terms, scores, ...(like !== undefined && { like }), ...(order !== undefined && { order }) };
}

/** A value that may hold spaces. */
export function quote(value: string): string {
  return /[\s"\\]/.test(value) || value === '' ? `"${value.replace(/["\\]/g, '\\$&')}"` : value;
}

/** A word that must not be taken for a term. */
function wordText(value: string): string {
  return /^-|^[a-z]+[:<>]/i.test(value) ? `"${value.replace(/["\\]/g, '\\$&')}"` : quote(value);
}
