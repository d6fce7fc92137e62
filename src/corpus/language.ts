/**
 * Guesses languages from scripts and from the small words that every text in a language is full of. Good enough to notice
 * that a model does not know a language; not meant for anything finer, such as telling Norwegian from Danish.
 */

/** Languages that are not written in Latin letters, by their script. */
const SCRIPTS: readonly (readonly [language: string, letters: RegExp])[] = [
  ['ja', /[\p{Script=Hiragana}\p{Script=Katakana}]/gu],
  ['zh', /\p{Script=Han}/gu],
  ['ko', /\p{Script=Hangul}/gu],
  ['ru', /\p{Script=Cyrillic}/gu],
  ['el', /\p{Script=Greek}/gu],
  ['ar', /\p{Script=Arabic}/gu],
  ['he', /\p{Script=Hebrew}/gu],
  ['hi', /\p{Script=Devanagari}/gu],
  ['bn', /\p{Script=Bengali}/gu],
  ['ta', /\p{Script=Tamil}/gu],
  ['te', /\p{Script=Telugu}/gu],
  ['th', /\p{Script=Thai}/gu],
  ['ka', /\p{Script=Georgian}/gu],
  ['hy', /\p{Script=Armenian}/gu],
  ['am', /\p{Script=Ethiopic}/gu],
];

/** Letters that one language of a script has and the others do not. */
const MARKS: readonly (readonly [script: string, language: string, letters: RegExp])[] = [
  ['ru', 'uk', /[іїєґ]/giu],
  ['ar', 'fa', /[پچژگ]/gu],
];
/** This share of the letters must be such a mark. */
const MARKED = 0.01;

/** Function words of languages written in Latin letters. */
const FUNCTION_WORDS: readonly (readonly [language: string, words: string])[] = [
  [
    'en',
    'the of and to in is that it was for on with as be by at this are from or an not have which but they you his her has had were their its will would there been',
  ],
  [
    'de',
    'der die das und in den von zu mit sich des auf für ist im dem nicht ein eine als auch es an werden aus er hat dass sie nach wird bei einer um am sind noch wie einem über einen so zum war',
  ],
  [
    'fr',
    'le la les de des du et en un une que qui dans pour par sur est pas au aux ne se ce il elle avec plus son sa ses sont nous vous mais ou cette être été leur',
  ],
  [
    'es',
    'el la los las de del y en que un una es por con para se su al lo como más no pero sus le ha este esta son fue entre cuando muy sin sobre también',
  ],
  [
    'pt',
    'o a os as de do da dos das e em que um uma é por com para se no na nos nas não mais ao como mas foi seu sua são à ou quando muito também pelo pela',
  ],
  [
    'it',
    'il lo la i gli le di del della dei e in che un una è per con non si da su al alla sono come più ma nel nella anche dal dalla questo questa ha essere',
  ],
  [
    'nl',
    'de het een en van in is dat op te zijn met voor niet aan er om ook als dan maar bij nog uit door naar wordt werd heeft hij ze over tot deze was worden',
  ],
  [
    'sv',
    'och i att det som en på är av för med den till inte har ett om de vi var kan jag så men från ska när efter sig eller hade',
  ],
  [
    'da',
    'og i at det som en på er af for med den til ikke har et om de vi var kan jeg så men fra skal når efter sig eller havde blev',
  ],
  [
    'pl',
    'i w na z się nie do to że jest o jak po od za przez dla ale czy był była są oraz tak jego który która które może już tylko przy',
  ],
  [
    'cs',
    'a v na se je že s z do o to i za jako pro po byl byla ale od by které který která jsou už nebo tak také při jeho',
  ],
  [
    'tr',
    've bir bu da de için ile olarak çok daha gibi olan en o ne kadar var sonra ama ya her değil mi olduğu tarafından',
  ],
  [
    'fi',
    'ja on ei se että oli hän mutta kun myös joka ovat sen en niin kuin tai jos ole voi vain jo sekä mukaan hänen',
  ],
  ['hu', 'a az és hogy nem is egy volt van meg csak de ez mint azt már még vagy ki el aki amely ha kell után'],
  ['ro', 'și în de la a cu pe un o nu că din este care pentru mai ce se sunt au fost sau ca lui dar prin fi'],
  ['vi', 'và của là có trong được cho không một với các người những đã khi này đến từ để cũng ra như'],
  [
    'id',
    'yang dan di dari untuk dengan pada ini itu tidak adalah dalam akan oleh juga ke sebagai bisa ada mereka karena',
  ],
];
const VOCABULARIES = FUNCTION_WORDS.map(([language, words]) => [language, new Set(words.split(' '))] as const);

/** Letters and words that a text must have before anything is said of it. */
const LETTERS = 12;
const WORDS = 6;
/** Part of the words that are function words where the language is right; running text has about a third. */
const FUNCTIONAL = 0.15;
/** How much more of them the best language has than the next, so that names alone decide nothing. */
const CLEAR = 1.25;

/** The language of a text as ISO 639-1 code; undefined where it is too short, or looks like several or none. */
export function languageOf(text: string): string | undefined {
  const letters = count(text, /\p{L}/gu);
  if (letters < LETTERS) return undefined;
  for (const [language, pattern] of SCRIPTS) {
    const found = count(text, pattern);
    // Japanese is written with Han letters too.
    if (found >= (language === 'ja' ? 0.1 : 0.5) * letters) return refined(text, language, letters);
  }
  return latinLanguage(text);
}

function refined(text: string, script: string, letters: number): string {
  const mark = MARKS.find(([of, , pattern]) => of === script && count(text, pattern) >= MARKED * letters);
  return mark?.[1] ?? script;
}

function latinLanguage(text: string): string | undefined {
  const words = text.toLowerCase().match(/\p{L}+/gu) ?? [];
  if (words.length < WORDS) return undefined;
  const scores = VOCABULARIES.map(([language, vocabulary]) => ({
    language,
    share: words.filter((word) => vocabulary.has(word)).length / words.length,
  })).sort((a, b) => b.share - a.share);
  const [best, next] = scores;
  if (best === undefined || best.share < FUNCTIONAL || best.share < CLEAR * (next?.share ?? 0)) return undefined;
  return best.language;
}

function count(text: string, pattern: RegExp): number {
  return text.match(pattern)?.length ?? 0;
}

/** A language, and the part of the text in languages that could be told that is in it. */
export interface LanguageShare {
  readonly language: string;
  readonly share: number;
}

/** The languages of texts, most of it first; none where too little of the text can be told. */
export function languageShares(texts: readonly string[]): LanguageShare[] {
  const lengths = new Map<string, number>();
  let told = 0;
  let all = 0;
  for (const text of texts) {
    all += text.length;
    const language = languageOf(text);
    if (language === undefined) continue;
    told += text.length;
    lengths.set(language, (lengths.get(language) ?? 0) + text.length);
  }
  if (told < all / 4) return [];
  return [...lengths]
    .map(([language, length]) => ({ language, share: length / told }))
    .sort((a, b) => b.share - a.share || (a.language < b.language ? -1 : 1));
}
