import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Random } from '../../../src/learning/random.js';

/** An invented corpus of which every entity and relation is known. All text is ASCII: one unit is one code point. */

export interface TrueEntity {
  readonly label: string;
  readonly start: number;
  readonly end: number;
}
/** Ends by index. */
export interface TrueRelation {
  readonly label: string;
  readonly head: number;
  readonly tail: number;
}
/** What is right about one paragraph; offsets into it. */
export interface Truth {
  readonly doc: string;
  /** Where the paragraph begins in its document. */
  readonly at: number;
  readonly text: string;
  readonly entities: readonly TrueEntity[];
  readonly relations: readonly TrueRelation[];
}

export const keyOf: Readonly<Record<string, string>> = {
  Person: 'p',
  Organisation: 'o',
  Place: 'l',
  worksFor: 'w',
  locatedIn: 'i',
};

const projectText = JSON.stringify({
  corpus: ['*.txt'],
  unit: 'paragraph',
  entities: { Person: { key: 'p' }, Organisation: { key: 'o' }, Place: { key: 'l' } },
  relations: {
    worksFor: { key: 'w', head: ['Person'], tail: ['Organisation'] },
    locatedIn: { key: 'i', head: ['Organisation', 'Place'], tail: ['Place'] },
  },
});

const first = ['Agnes', 'Cormac', 'Desmond', 'Ebba', 'Hannah', 'Ines', 'Jory', 'Magda', 'Nadia', 'Osric', 'Tobias'];
const last = ['Bell', 'Calloway', 'Inch', 'Loxley', 'Morrow', 'Orlik', 'Penhale', 'Renn', 'Strand', 'Tarn', 'Wyle'];
const named = ['Corvane', 'Dunmarsh', 'Fenwick', 'Halloran', 'Kestor', 'Lathe Valley', 'Pellin', 'Saltmarsh', 'Skeln'];
const kinds = ['Instruments', 'Looms', 'Mills', 'Museum', 'Rowing Club', 'Timber', 'Trust', 'Water'];
const places = [
  'Ashcombe',
  'Brackwater',
  'Candle Street',
  'Fisher Quay',
  'Hathersay',
  'Ostrel',
  'Port Senn',
  'Upper Lathe',
];

/** Of a sentence: P, O and L stand for names, and after the bar for the relations between them, by order. */
const sentences = [
  'P joined O last spring and has not taken a day off since.|worksFor 0 1',
  'For eleven years P has kept the books of O.|worksFor 0 1',
  'The chair of O, P, thanked everybody who had brought a bucket.|worksFor 1 0',
  'O opened a new yard in L on Monday.|locatedIn 0 1',
  'From its office in L, O sends out a letter every month.|locatedIn 1 0',
  'P, who runs O in L, called it a good year.|worksFor 0 1, locatedIn 1 2',
  'The old warehouse of O stands empty in L.|locatedIn 0 1',
  'In L nobody remembered when P had last been seen without a hat.|',
  'P and P walked from L to L in the rain.|',
  'According to O the repairs will take until June.|',
  'The bridge at L was closed for the day.|',
  'It rained, and the meeting was short.|',
  'A second vote was taken, with the same result.|',
];

/** Writes a workspace to label and returns what is right about each of its paragraphs, by its text. */
export async function writeCorpus(folder: string, paragraphs: number): Promise<ReadonlyMap<string, Truth>> {
  const random = new Random(11);
  const pick = <T>(from: readonly T[]): T => random.choice(from);
  const truths = new Map<string, Truth>();
  await mkdir(folder, { recursive: true });
  await writeFile(join(folder, 'marginalia.json'), projectText);
  const perFile = 12;
  for (let file = 0; file * perFile < paragraphs; file++) {
    const doc = `chronicle-${String(file + 1).padStart(2, '0')}.txt`;
    let text = '';
    while (text.split('\n\n').length <= perFile) {
      const truth = paragraph(doc, text.length, pick);
      if (truths.has(truth.text)) continue;
      truths.set(truth.text, truth);
      text += `${truth.text}\n\n`;
    }
    await writeFile(join(folder, doc), text);
  }
  return truths;
}

function paragraph(doc: string, at: number, pick: <T>(from: readonly T[]) => T): Truth {
  let text = '';
  const entities: TrueEntity[] = [];
  const relations: TrueRelation[] = [];
  const add = (label: string, name: string): void => {
    entities.push({ label, start: text.length, end: text.length + name.length });
    text += name;
  };
  // Of three sentences at least one names somebody.
  for (const sentence of [pick(sentences.slice(0, 7)), pick(sentences), pick(sentences)]) {
    const [words = '', links = ''] = sentence.split('|');
    const base = entities.length;
    if (text !== '') text += ' ';
    for (const part of words.split(/\b([POL])\b/)) {
      if (part === 'P') add('Person', `${pick(first)} ${pick(last)}`);
      else if (part === 'O') add('Organisation', `${pick(named)} ${pick(kinds)}`);
      else if (part === 'L') add('Place', pick(places));
      else text += part;
    }
    for (const [, label, head, tail] of links.matchAll(/(\w+) (\d) (\d)/g))
      relations.push({ label: label!, head: base + Number(head), tail: base + Number(tail) });
  }
  return { doc, at, text, entities, relations };
}
