import { quote, termNames, termValues, tokens } from '../protocol/queue-query.js';

/** What a query can be completed with besides what is always there. */
export interface Vocabulary {
  readonly labels: readonly string[];
  readonly files: readonly string[];
  readonly annotators: readonly string[];
}

export interface Completion {
  /** The term that is offered. */
  readonly term: string;
  /** The whole query with it. */
  readonly query: string;
}

/** Ways to go on with a query: values of the term at its end, or names of terms that begin with the word there. */
export function completions(query: string, vocabulary: Vocabulary): Completion[] {
  const last = tokens(query).at(-1);
  const typing = last !== undefined && last.end === query.length ? query.slice(last.start) : '';
  const before = query.slice(0, query.length - typing.length);
  const [, minus = '', name = '', value] = /^(-?)([a-z]*)(?::(.*))?$/is.exec(typing) ?? [];
  const offered: readonly string[] =
    value === undefined
      ? termNames.filter((term) => term.startsWith(name.toLowerCase()))
      : valuesOf(name.toLowerCase(), vocabulary)
          .filter((each) => each.toLowerCase().includes(value.replace(/^"|"$/g, '').toLowerCase()))
          .map((each) => `${name}:${quote(each)}`);
  return offered
    .map((term) => `${minus}${term}`)
    .filter((term) => term !== typing)
    .map((term) => ({ term, query: `${before}${term}${/[:<>]$/.test(term) ? '' : ' '}` }));
}

function valuesOf(name: string, { labels, files, annotators }: Vocabulary): readonly string[] {
  switch (name) {
    case 'label':
      return labels;
    case 'file':
    case 'source':
      return files;
    case 'annotator':
    case 'by':
      return annotators;
    case 'is':
      return termValues['status'] ?? [];
    default:
      return termValues[name] ?? [];
  }
}
