import { textMap } from '../../../src/corpus/source-map.js';
import { classRows, type ClassRows } from '../../../src/engine/class-rows.js';
import { fitHeads, type FitOptions, type Heads } from '../../../src/engine/heads.js';
import { wholeInputsOf, type EntryInput } from '../../../src/engine/inputs.js';
import type { LabelledPassage } from '../../../src/engine/labelled.js';
import { Pool, type Entry } from '../../../src/engine/pool.js';
import { Vectors } from '../../../src/engine/vectors.js';
import { parseProject } from '../../../src/labels/project.js';
import { Random } from '../../../src/learning/random.js';
import { passage } from '../learning/support.js';

/** Passages with vectors, all in memory, in a project of which the heads can be fitted. */
export interface ClassWorld {
  readonly pool: Pool;
  readonly vectors: Vectors;
  readonly entries: readonly Entry[];
  add(id: string, text: string): Promise<Entry>;
  /** What 'mei' says of a passage: a value of each class. */
  say(entry: Entry, classes: Readonly<Record<string, string>>): LabelledPassage;
  /** What fitHeads takes. */
  options(labelled: readonly LabelledPassage[], previous?: Heads): FitOptions;
  fit(labelled: readonly LabelledPassage[], previous?: Heads): Promise<Heads>;
  inputs(entries: readonly Entry[], heads: Heads): Promise<{ inputs: EntryInput[]; rows: ClassRows }>;
}

/**
 * @param labels of the project file
 * @param passages their number; each is of eight words, half of them words of one of two topics
 */
export async function classWorld(labels: object, passages: number): Promise<ClassWorld> {
  const { project } = parseProject(JSON.stringify({ corpus: ['*.txt'], unit: 'document', ...labels }));
  if (project === undefined) throw new Error('The project cannot be read.');
  const pool = new Pool('', project.corpus);
  const { length: dimensions } = passage('any').vector;
  const embedder = {
    info: { name: '', hash: 'made up', dimensions, maxPieces: 512, runtime: 'wasm', reason: '' } as const,
    encode: (texts: readonly string[]) =>
      Promise.resolve(
        texts.map((text) => {
          const { words, vector, wordVectors } = passage(text);
          const length = Math.hypot(...vector);
          return { vector: vector.map((x) => x / length), pieces: words, tokens: wordVectors };
        }),
      ),
    dispose: () => Promise.resolve(),
  };
  const vectors = await Vectors.open('/dev/null/none', embedder, () => undefined);
  const add = async (id: string, text: string): Promise<Entry> => {
    const ref = { id, file: id, kind: 'text', start: 0, end: text.length, line: 1 } as const;
    pool.add({ ref, text, map: textMap(text) });
    const [entry] = pool.of(id);
    await vectors.ensure([{ hash: entry!.hash, text }]);
    return entry!;
  };
  const random = new Random(1);
  const entries: Entry[] = [];
  for (let i = 0; i < passages; i++) {
    const words = Array.from({ length: 8 }, (_, w) =>
      w % 2 === 0 ? `topic${i % 2}x${random.below(20)}` : `w${random.below(40)}`,
    );
    entries.push(await add(`${i}.txt`, words.join(' ')));
  }
  const options: ClassWorld['options'] = (labelled, previous) => ({
    project,
    pool,
    vectors,
    training: labelled.map((said) => ({ passage: said, weight: 1 })),
    embedded: entries.length,
    seed: 0,
    previous,
    signal: new AbortController().signal,
  });
  return {
    pool,
    vectors,
    entries,
    options,
    add,
    say: (entry, classes) => ({
      entry,
      owner: 'mei',
      entities: [],
      relations: [],
      classes: new Map(Object.entries(classes).map(([label, value]) => [label, [value]])),
      rejectedEntities: [],
      rejectedRelations: [],
      rejectedClasses: new Map(),
      answer: 'accept',
      query: undefined,
      at: '',
      scope: Object.keys(classes),
    }),
    fit: (labelled, previous) => fitHeads(options(labelled, previous)),
    inputs: async (asked, heads) => {
      const inputs = await wholeInputsOf(asked, pool, vectors);
      return { inputs, rows: classRows(inputs, heads.spaces.classes) };
    },
  };
}
