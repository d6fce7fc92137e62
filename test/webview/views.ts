import type { PanelView, PassageView, ViewEntity, ViewSpan } from '../../src/protocol/panel.js';

/** Views for tests, made from text so that no offset is counted by hand. */

export const types: PanelView['types'] = {
  entities: [
    { label: 'Person', key: 'p', color: '#2f6fde', description: 'A named human being' },
    { label: 'Organisation', key: 'o', color: '#d97706' },
    { label: 'Place', key: 'l', color: '#0f9d76' },
    { label: 'Product', key: 'd', color: '#b83fb5' },
  ],
  relations: [
    { label: 'worksFor', key: 'w', head: ['Person'], tail: ['Organisation'], symmetric: false },
    { label: 'locatedIn', key: 'i', head: ['Organisation', 'Place'], tail: ['Place'], symmetric: false },
    { label: 'knows', key: 'q', head: ['Person'], tail: ['Person'], symmetric: true },
  ],
  classes: [
    {
      label: 'tone',
      multiple: false,
      values: [
        { value: 'neutral', key: '1' },
        { value: 'praise', key: '2' },
        { value: 'complaint', key: '3' },
      ],
    },
  ],
};

/** The nth occurrence of a quote, in UTF-16 units. */
export function find(text: string, quote: string, nth = 0): ViewSpan {
  let start = -1;
  for (let i = 0; i <= nth; i++) {
    start = text.indexOf(quote, start + 1);
    if (start === -1) throw new Error(`‘${quote}’ does not occur ${i + 1} times in ‘${text}’.`);
  }
  return { start, end: start + quote.length };
}

/** An own entity over quotes, each the first occurrence; its id is its first quote. */
export function entity(text: string, label: string, ...quotes: string[]): ViewEntity {
  return { id: quotes[0]!, label, spans: quotes.map((quote) => find(text, quote)), own: true, by: 'mei' };
}

export function passageOf(text: string, more: Partial<PassageView> = {}): PassageView {
  return {
    doc: 'notices/harbour.txt',
    line: 12,
    text,
    passage: { start: 0, end: text.length },
    entities: [],
    relations: [],
    classes: {},
    suggestions: [],
    flag: false,
    note: '',
    ...more,
  };
}

let version = 0;

export function viewOf(passage: PassageView, more: Partial<PanelView> = {}): PanelView {
  return {
    version: ++version,
    types,
    keys: {},
    annotator: 'mei',
    passage,
    progress: { reviewed: 60, total: 412 },
    canUndo: true,
    canRedo: true,
    disk: 'saved',
    engine: { state: 'ready', detail: '' },
    ...more,
  };
}

export const harbour = [
  'NOTICE TO MARINERS, 14 March.',
  'The outer light at Carrick Point was replaced on Tuesday by Ines Moray of the Dunmarsh Harbour Trust, who works with Tobias Venn at Hallgarth Signals. Vessels bound for Dunmarsh should keep to the western channel until the survey by the North Quay and South Quay teams is complete.',
  'The slipway by the old customs house stays closed.',
].join('\n');
const middle = harbour.split('\n')[1]!;

/** A passage with something of everything. */
export function rich(): PassageView {
  const entities = [
    entity(harbour, 'Place', 'Carrick Point'),
    entity(harbour, 'Person', 'Ines Moray'),
    entity(harbour, 'Organisation', 'Dunmarsh Harbour Trust'),
    entity(harbour, 'Place', 'Dunmarsh'),
    entity(harbour, 'Person', 'Tobias Venn'),
    entity(harbour, 'Organisation', 'North', 'Quay teams'),
    entity(harbour, 'Organisation', 'South Quay teams'),
    { ...entity(harbour, 'Place', 'western channel'), own: false, by: 'jonas' },
  ];
  return passageOf(harbour, {
    passage: find(harbour, middle),
    entities,
    relations: [
      { id: 'r1', label: 'worksFor', head: 'Ines Moray', tail: 'Dunmarsh Harbour Trust' },
      { id: 'r2', label: 'knows', head: 'Ines Moray', tail: 'Tobias Venn' },
      { id: 'r3', label: 'locatedIn', head: 'Dunmarsh Harbour Trust', tail: 'Carrick Point' },
    ],
    classes: { tone: ['neutral'] },
    suggestions: [
      {
        key: 's1',
        kind: 'entity',
        label: 'Organisation',
        spans: [find(harbour, 'Hallgarth Signals')],
        probability: 0.83,
      },
      {
        key: 's2',
        kind: 'class',
        label: 'tone',
        value: 'praise',
        spans: [find(harbour, middle)],
        probability: 0.31,
      },
    ],
    doubt: {
      kind: 'entity',
      spans: [find(harbour, 'Dunmarsh', 1)],
      distribution: { Place: 0.46, none: 0.41, Organisation: 0.11, Person: 0.02 },
    },
    score: 0.93,
    strategy: 'margin',
  });
}
