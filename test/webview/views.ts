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
    beyond: [],
    classes: {},
    suggestions: [],
    flag: false,
    note: '',
    ...more,
  };
}

let version = 0;

export function viewOf(passage: PassageView, more: Partial<PanelView> = {}): PanelView {
  return { ...frame(), passage, ...more };
}

function frame(): PanelView {
  return {
    version: ++version,
    types,
    keys: {},
    annotator: 'mei',
    progress: { reviewed: 60, total: 412 },
    canUndo: true,
    canRedo: true,
    disk: 'saved',
    engine: { state: 'ready', detail: '' },
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

/** As `rich`, with relations to entities in other parts of the document. */
export function elsewhere(): PassageView {
  const passage = rich();
  return {
    ...passage,
    relations: [
      ...passage.relations,
      { id: 'r4', label: 'worksFor', head: 'Tobias Venn', tail: 'board' },
      { id: 'r5', label: 'knows', head: 'pilot', tail: 'Ines Moray' },
    ],
    beyond: [
      { id: 'board', label: 'Organisation', text: 'Northern Lights Board', where: 'after' },
      { id: 'pilot', label: 'Person', text: 'Ruth Abara', where: 'before' },
    ],
  };
}

const relate = (label: string, head: string, tail: string) => ({ id: `${label} ${head} ${tail}`, label, head, tail });

export function arabic(): PassageView {
  const text = [
    'نشرة الميناء، العدد الرابع.',
    'أعلنت ليلى منصور، مديرة مؤسسة النور للنقل، أن السفينة الجديدة ستصل إلى مدينة اللاذقية يوم الثلاثاء برفقة المهندس سامي حداد من شركة البحر الأزرق، وأن الرصيف الشمالي سيبقى مغلقا حتى نهاية الشهر (النسخة 2.5 من Harbour Pilot).',
    'للاستفسار يرجى الاتصال بمكتب الميناء.',
  ].join('\n');
  return passageOf(text, {
    doc: 'notices/port.txt',
    passage: find(text, text.split('\n')[1]!),
    entities: [
      entity(text, 'Person', 'ليلى منصور'),
      entity(text, 'Organisation', 'مؤسسة النور للنقل'),
      entity(text, 'Place', 'مدينة اللاذقية'),
      entity(text, 'Place', 'اللاذقية'),
      entity(text, 'Person', 'سامي حداد'),
      entity(text, 'Organisation', 'شركة البحر الأزرق'),
    ],
    relations: [
      relate('worksFor', 'ليلى منصور', 'مؤسسة النور للنقل'),
      relate('worksFor', 'سامي حداد', 'شركة البحر الأزرق'),
      relate('knows', 'ليلى منصور', 'سامي حداد'),
    ],
    suggestions: [
      { key: 's', kind: 'entity', label: 'Product', spans: [find(text, 'Harbour Pilot')], probability: 0.71 },
    ],
    doubt: { kind: 'entity', spans: [find(text, 'الرصيف الشمالي')], distribution: { Place: 0.52, none: 0.44 } },
    score: 0.08,
    strategy: 'margin',
  });
}

export function hebrew(): PassageView {
  const text =
    'עדה לאבלייס עבדה עם Charles Babbage בלונדון, ואחר כך כתבה לחברת Hallgarth Signals Ltd. על המכונה Engine No. 2 😀 שנבנתה בחיפה.';
  return passageOf(text, {
    entities: [
      entity(text, 'Person', 'עדה לאבלייס'),
      entity(text, 'Person', 'Charles Babbage'),
      entity(text, 'Place', 'לונדון'),
      entity(text, 'Organisation', 'לחברת Hallgarth'),
      entity(text, 'Organisation', 'Hallgarth Signals Ltd'),
      entity(text, 'Product', 'Engine No. 2'),
    ],
    relations: [
      relate('knows', 'עדה לאבלייס', 'Charles Babbage'),
      relate('makes', 'Hallgarth Signals Ltd', 'Engine No. 2'),
    ],
    doubt: { kind: 'entity', spans: [find(text, 'חיפה')], distribution: { Place: 0.52, none: 0.48 } },
  });
}

export function japanese(): PassageView {
  const text =
    '東京都庁は新宿区にあります。田中花子さんは青波電機株式会社の研究員で、去年から大阪の工場で「ひかり号」という新しい製品を作っています。\n上海市浦东新区的李小龙在蓝海科技公司工作，负责“远航”导航系统的开发。';
  return passageOf(text, {
    entities: [
      entity(text, 'Organisation', '東京都庁'),
      entity(text, 'Place', '東京'),
      entity(text, 'Place', '新宿区'),
      entity(text, 'Person', '田中花子'),
      entity(text, 'Organisation', '青波電機株式会社'),
      entity(text, 'Product', 'ひかり号'),
      entity(text, 'Place', '上海市浦东新区'),
      entity(text, 'Person', '李小龙'),
      entity(text, 'Organisation', '蓝海科技公司'),
    ],
    relations: [
      relate('locatedIn', '東京都庁', '新宿区'),
      relate('worksFor', '田中花子', '青波電機株式会社'),
      relate('worksFor', '李小龙', '蓝海科技公司'),
    ],
    suggestions: [
      { key: 's', kind: 'entity', label: 'Product', spans: [find(text, '远航')], probability: 0.66 },
      {
        key: 't',
        kind: 'relation',
        label: 'locatedIn',
        spans: [],
        head: '青波電機株式会社',
        tail: '新宿区',
        probability: 0.38,
      },
    ],
    doubt: { kind: 'entity', spans: [find(text, '大阪')], distribution: { Place: 0.52, none: 0.48 } },
  });
}

export function several(): PassageView {
  const text =
    'บริษัทคลื่นทองจำกัดตั้งอยู่ในกรุงเทพมหานคร สมชาย ใจดี เป็นผู้จัดการ\nअनीता शर्मा दिल्ली में नीलगगन प्रकाशन के लिए काम करती हैं।\nThe 👩‍👩‍👧‍👦 family of José Ñúñez (José\u0301s) met 🇫🇷 Zoë at Café de l’Île 🏝️.';
  return passageOf(text, {
    entities: [
      entity(text, 'Organisation', 'บริษัทคลื่นทองจำกัด'),
      entity(text, 'Place', 'กรุงเทพมหานคร'),
      entity(text, 'Person', 'สมชาย ใจดี'),
      entity(text, 'Person', 'अनीता शर्मा'),
      entity(text, 'Place', 'दिल्ली'),
      entity(text, 'Organisation', 'नीलगगन प्रकाशन'),
      entity(text, 'Person', 'José Ñúñez'),
      entity(text, 'Person', 'Zoë'),
      entity(text, 'Place', 'Café de l’Île'),
      entity(text, 'Organisation', '👩‍👩‍👧‍👦 family'),
    ],
    relations: [
      relate('locatedIn', 'บริษัทคลื่นทองจำกัด', 'กรุงเทพมหานคร'),
      relate('worksFor', 'สมชาย ใจดี', 'บริษัทคลื่นทองจำกัด'),
      relate('worksFor', 'अनीता शर्मा', 'नीलगगन प्रकाशन'),
      relate('knows', 'José Ñúñez', 'Zoë'),
    ],
    doubt: { kind: 'entity', spans: [find(text, '🏝️')], distribution: { none: 0.6, Place: 0.4 } },
  });
}

/** Many labels and relations over several lines. */
export function dense(): PassageView {
  const names = ['Ines Moray', 'Tobias Venn', 'Ruth Abara', 'Ola Lindqvist', 'Pia Sand', 'Kofi Mensah'];
  const places = ['Dunmarsh', 'Carrick Point', 'Heron Bay', 'Northsea', 'Hathersay', 'Elm Lock'];
  const text = names
    .map(
      (name, i) =>
        `${name} came to ${places[i]!} with the ${places[(i + 1) % 6]!.split(' ')[0]!} Board ${i} in spring.`,
    )
    .join(' ');
  const boards = names.map((_, i) => `${places[(i + 1) % 6]!.split(' ')[0]!} Board ${i}`);
  return passageOf(text, {
    entities: [
      ...names.map((name) => entity(text, 'Person', name)),
      ...places.map((place) => entity(text, 'Place', place)),
      ...boards.map((board) => entity(text, 'Organisation', board)),
      ...boards.map((board) => ({
        ...entity(text, 'Place', board.split(' ')[0]!),
        id: `in ${board}`,
        spans: [{ start: text.indexOf(board), end: text.indexOf(board) + board.indexOf(' ') }],
      })),
    ],
    relations: [
      ...names.map((name, i) => relate('worksFor', name, boards[i]!)),
      ...boards.map((board, i) => relate('locatedIn', board, places[i]!)),
      ...names.slice(1).map((name, i) => relate('knows', names[i]!, name)),
      relate('worksFor', names[0]!, boards[4]!),
      relate('worksFor', names[5]!, boards[1]!),
    ],
  });
}

/** A view of a notice in a passage's place. */
export function noticeOf(
  message: string,
  ...actions: NonNullable<PanelView['notice']>['actions'][number][]
): PanelView {
  return { ...frame(), notice: { message, actions }, progress: { reviewed: 0, total: 0 } };
}
