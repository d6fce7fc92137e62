import type { PassageView } from '../../src/protocol/panel.js';
import { entity, passageOf } from './views.js';

/** A passage in a script, with what can go wrong in it: marks, joins, directions, words without spaces. */
export interface ScriptSample {
  readonly name: string;
  readonly passage: PassageView;
  /** What a drag by word over an entity takes where that is more than the entity: the words that it touches. */
  readonly byWord?: Readonly<Record<string, string>>;
}

/** `entities` by label; `relations` as head, label and tail, which name their entities' texts. */
function sample(
  name: string,
  text: string,
  entities: Readonly<Record<string, readonly string[]>>,
  relations: readonly (readonly [string, string, string])[],
  byWord: Readonly<Record<string, string>> = {},
): ScriptSample {
  return {
    name,
    byWord,
    passage: passageOf(text, {
      entities: Object.entries(entities).flatMap(([label, quotes]) => quotes.map((one) => entity(text, label, one))),
      relations: relations.map(([head, label, tail]) => ({ id: `${head} ${label} ${tail}`, label, head, tail })),
    }),
  };
}

export const scriptSamples: readonly ScriptSample[] = [
  sample(
    'Arabic',
    'أعلنت ليلى منصور، مديرة مؤسسة النور للنقل، أن السفينة ستصل إلى مدينة اللاذقية يوم الثلاثاء برفقة سامي حداد.',
    {
      Person: ['ليلى منصور', 'سامي حداد'],
      Organisation: ['مؤسسة النور للنقل'],
      Place: ['مدينة اللاذقية', 'اللاذقية'],
      Product: ['سفينة'],
    },
    [
      ['ليلى منصور', 'worksFor', 'مؤسسة النور للنقل'],
      ['سامي حداد', 'knows', 'ليلى منصور'],
    ],
    { سفينة: 'السفينة' },
  ),
  sample(
    'vocalised Arabic',
    'كَتَبَتْ مَرْيَمُ رِسَالَةً إِلَى شَرِكَةِ النَّخْلَةِ فِي دِمَشْقَ',
    { Person: ['مَرْيَمُ'], Organisation: ['شَرِكَةِ النَّخْلَةِ'], Place: ['دِمَشْقَ'] },
    [['مَرْيَمُ', 'worksFor', 'شَرِكَةِ النَّخْلَةِ']],
  ),
  sample(
    'Hebrew',
    'עדה לאבלייס כתבה בלונדון לחברת השעון הגדול, ודוד בן־עמי ענה לה מחיפה.',
    { Person: ['עדה לאבלייס', 'דוד בן־עמי'], Organisation: ['חברת השעון הגדול'], Place: ['לונדון', 'חיפה'] },
    [
      ['עדה לאבלייס', 'worksFor', 'חברת השעון הגדול'],
      ['דוד בן־עמי', 'knows', 'עדה לאבלייס'],
    ],
    { לונדון: 'בלונדון', חיפה: 'מחיפה', 'חברת השעון הגדול': 'לחברת השעון הגדול', 'דוד בן־עמי': 'ודוד בן־עמי' },
  ),
  sample(
    'Latin in Hebrew',
    'עדה עבדה עם Charles Babbage בלונדון וכתבה לחברת Hallgarth Signals על Engine No. 2 שנבנתה אז.',
    { Person: ['עדה', 'Charles Babbage'], Organisation: ['לחברת Hallgarth Signals'], Product: ['Engine No. 2'] },
    [
      ['עדה', 'knows', 'Charles Babbage'],
      ['Charles Babbage', 'worksFor', 'לחברת Hallgarth Signals'],
    ],
  ),
  sample(
    'Arabic in English',
    'In Beirut ليلى منصور wrote to مؤسسة النور about the quay, and Sami حداد agreed.',
    { Place: ['Beirut'], Person: ['ليلى منصور', 'Sami حداد'], Organisation: ['مؤسسة النور'] },
    [
      ['ليلى منصور', 'worksFor', 'مؤسسة النور'],
      ['Sami حداد', 'knows', 'ليلى منصور'],
    ],
  ),
  sample(
    'Chinese',
    '上海市浦东新区的李小龙在蓝海科技公司工作，负责“远航”导航系统的开发。',
    { Place: ['上海市浦东新区', '浦东'], Person: ['李小龙'], Organisation: ['蓝海科技公司'], Product: ['远航'] },
    [['李小龙', 'worksFor', '蓝海科技公司']],
  ),
  sample(
    'Japanese',
    '東京都庁は新宿区にあります。田中花子さんは青波電機の研究員で、大阪の工場で「ひかり号」という製品を作っています。',
    {
      Organisation: ['東京都庁', '青波電機'],
      Place: ['東京', '新宿区', '大阪'],
      Person: ['田中花子'],
      Product: ['ひかり号'],
    },
    [
      ['東京都庁', 'locatedIn', '新宿区'],
      ['田中花子', 'worksFor', '青波電機'],
    ],
  ),
  sample(
    'Thai',
    'บริษัทคลื่นทองจำกัดตั้งอยู่ในกรุงเทพมหานคร โดยมีสมชายเป็นผู้จัดการน้ำดื่ม',
    { Organisation: ['บริษัทคลื่นทองจำกัด'], Place: ['กรุงเทพมหานคร', 'กรุงเทพ'], Person: ['สมชาย'], Product: ['น้ำดื่ม'] },
    [
      ['บริษัทคลื่นทองจำกัด', 'locatedIn', 'กรุงเทพมหานคร'],
      ['สมชาย', 'worksFor', 'บริษัทคลื่นทองจำกัด'],
    ],
  ),
  sample(
    'Devanagari',
    'अनीता शर्मा दिल्ली में नीलगगन प्रकाशन के लिए काम करती हैं और कृष्ण से मिलीं।',
    { Person: ['अनीता शर्मा', 'कृष्ण'], Place: ['दिल्ली'], Organisation: ['नीलगगन प्रकाशन'] },
    [
      ['अनीता शर्मा', 'worksFor', 'नीलगगन प्रकाशन'],
      ['कृष्ण', 'knows', 'अनीता शर्मा'],
    ],
  ),
  sample(
    'emoji',
    'The 👩‍👩‍👧‍👦 family met 🇫🇷 Zoë 👋🏽 at the 🏝️ café, then 😀😀 and Bo left.',
    { Organisation: ['👩‍👩‍👧‍👦 family'], Person: ['Zoë', 'Bo'], Place: ['🏝️ café'], Product: ['👋🏽', '🇫🇷'] },
    [
      ['Zoë', 'worksFor', '👩‍👩‍👧‍👦 family'],
      ['Zoë', 'knows', 'Bo'],
    ],
  ),
  sample(
    'combining marks',
    'Jose\u0301 Nu\u0301n\u0303ez met Việ\u0323t Nga at the Cafe\u0301 de l\u2019I\u0302le by t\u0331he\u0323 quay.',
    {
      Person: ['Jose\u0301 Nu\u0301n\u0303ez', 'Việ\u0323t Nga'],
      Organisation: ['Cafe\u0301 de l\u2019I\u0302le'],
      Product: ['t\u0331he\u0323'],
    },
    [['Jose\u0301 Nu\u0301n\u0303ez', 'worksFor', 'Cafe\u0301 de l\u2019I\u0302le']],
  ),
];
