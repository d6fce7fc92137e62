import type { QueueFilter } from '../protocol/queue-filter.js';
import { formatQuery, parseQuery } from '../protocol/queue-query.js';

/** A filter that a person has chosen, with the query that says it. */
export interface ChosenFilter {
  readonly query: string;
  readonly filter: QueueFilter;
}

/** The filter that a query says, as far as it is understood; undefined where it says nothing. */
export function chosenFilter(query: string): ChosenFilter | undefined {
  const { filter } = parseQuery(query);
  const text = formatQuery(filter);
  return text === '' ? undefined : { query: text, filter };
}
