import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { build } from 'esbuild';
import fc from 'fast-check';
import { InferenceSession, Tensor } from 'onnxruntime-node';
import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import {
  candidateSpans,
  classFeeds,
  distributions,
  entityFeeds,
  pairsOf,
  relationFeeds,
  suggestedEntities,
  suggestedRelations,
  tensors,
  type Feeds,
} from '../../../src/cli/export/head.js';
import { textMap } from '../../../src/corpus/source-map.js';
import { wordsOf } from '../../../src/corpus/words.js';
import { suggestedLabel, suggestedSpans } from '../../../src/learning/decode.js';
import { exportClassHead } from '../../../src/learning/export/class-head.js';
import { exportEntityHead } from '../../../src/learning/export/entity-head.js';
import { exportRelationHead } from '../../../src/learning/export/relation-head.js';
import { classSpace } from '../../../src/learning/features/class.js';
import { wordSpace } from '../../../src/learning/features/entity.js';
import { lexicalRows } from '../../../src/learning/features/lexical.js';
import { featuresOf } from '../../../src/learning/features/passages.js';
import { classProbabilities, fitClassHead } from '../../../src/learning/heads/class.js';
import { fitEntityHead, predictEntities, SpanScorer } from '../../../src/learning/heads/entity.js';
import { fitRelationHead, RelationScorer } from '../../../src/learning/heads/relation.js';
import type { PassageInput } from '../../../src/learning/types.js';
import { DIMENSIONS, mention, passage } from '../learning/support.js';

const repository = join(import.meta.dirname, '../../..');
const programs = join(repository, 'media/export');

const texts = [
  'The ferry was splendid, said Ada Holm, and the crew of Ferrow Marine was kind to Port Ellery',
  'Dreadful: the ferry of Acme Ltd. was late again, again and again, says Ben O’Neil\n\nAda Holm agrees',
  'The harbour of Port Ellery opens at noon on Mondays. McDonald saw it in 1995, at R2D2 and ÉCOLE 42',
  'Splendid weather in Kelso; Ferrow Marine and Acme Ltd. work for each other, and Ben O’Neil works for Acme Ltd.',
  'The crew was late and rude, and 𝒳yz 𝒳yz too; «Nur» ein_wort, e.g. this, U.S. and 3.14',
  'noon at the harbour, 1995',
];
const passages = texts.map((text) => ({ ...passage(text), ...worded(text) }));

/** With Unicode's words, and a vector for each. */
function worded(text: string): Pick<PassageInput, 'words' | 'wordVectors'> {
  const words = wordsOf(text);
  const rows = words.map(({ start, end }) => passage(`x${text.slice(start, end).replace(/[^\p{L}\p{N}]/gu, '')}`));
  return {
    words,
    wordVectors: Float32Array.from(rows.flatMap(({ wordVectors }) => [...wordVectors.slice(0, DIMENSIONS)])),
  };
}

const origin = {
  model: {
    name: 'm',
    hash: '0123456789abcdef',
    dimensions: DIMENSIONS,
    maxPieces: 128,
    weights: 'onnx/model.onnx',
    dtype: 'fp32',
    pooling: 'mean',
    prefix: '',
  },
  state: 'f',
} as const;
const space = wordSpace(DIMENSIONS, passages);

const sessions = new WeakMap<Uint8Array, Promise<InferenceSession>>();

async function predicted(onnx: Uint8Array, feeds: Feeds<string>): Promise<Float32Array> {
  let session = sessions.get(onnx);
  if (session === undefined) sessions.set(onnx, (session = InferenceSession.create(onnx, { intraOpNumThreads: 1 })));
  const { probabilities } = await (await session).run(tensors(feeds, Tensor));
  if (!(probabilities?.data instanceof Float32Array)) throw new TypeError('no probabilities');
  return probabilities.data;
}

function expectClose(found: ArrayLike<number>, expected: ArrayLike<number>): void {
  expect(found).toHaveLength(expected.length);
  for (let i = 0; i < expected.length; i++) expect(found[i]).toBeCloseTo(expected[i]!, 5);
}

describe('an exported head of a class', () => {
  const values = ['praise', 'blame', 'fact'];
  const data = Float32Array.from(passages.flatMap(({ vector }) => [...vector]));
  const classes = classSpace({ rows: texts.length, dimensions: DIMENSIONS, data }, lexicalRows(passages));
  const features = featuresOf(passages, classes);

  test('predicts what the head predicts, single', async () => {
    const examples = [0, 1, 2, 3].map((row) => ({ row, values: [values[row % 3]!] }));
    const head = fitClassHead({ values, multiple: false }, features, examples, undefined, {
      temperature: 0.7,
      examples: 4,
    });
    const { onnx, description } = exportClassHead('tone', head, classes, origin);
    const expected = classProbabilities(head, features)[0]!;
    expect(Math.max(...expected)).toBeGreaterThan(0.5);
    for (const [row, input] of passages.entries()) {
      const found = await predicted(onnx, classFeeds(input));
      expectClose(found, expected.subarray(3 * row, 3 * row + 3));
      expect(Object.keys(distributions(description, found)[0]!)).toEqual(values);
    }
    expect(description).toMatchObject({ class: 'tone', values, multiple: false, examples: 4, temperature: 0.7 });
    expect(description.model).toEqual(origin.model);
  });

  test('predicts what the head predicts, multiple', async () => {
    const examples = [0, 1, 2, 3].map((row) => ({ row, values: values.slice(0, row % 3), scope: values }));
    const head = fitClassHead({ values, multiple: true }, features, examples);
    const { onnx } = exportClassHead('tone', head, classes, origin);
    const expected = classProbabilities(head, features);
    for (const [row, input] of passages.entries())
      expectClose(
        await predicted(onnx, classFeeds(input)),
        expected.map((probabilities) => probabilities[2 * row]!),
      );
  });
});

const people = ['Ada Holm', 'Ben O’Neil'];
const firms = ['Ferrow Marine', 'Acme Ltd.'];
const mentionsOf = (text: string) => [
  ...people.filter((name) => text.includes(name)).map((name) => mention(text, name, 'Person')),
  ...firms.filter((name) => text.includes(name)).map((name) => mention(text, name, 'Firm')),
];
const labels = ['Person', 'Firm'];
const entityHead = fitEntityHead(
  labels,
  space,
  passages.slice(0, 4).map((input) => ({ passage: input, entities: mentionsOf(input.text), scope: labels })),
  1,
  undefined,
  { temperature: 1.3, examples: 4 },
);

describe('an exported head of entities', () => {
  const { onnx, description } = exportEntityHead(entityHead, origin);
  const scorer = new SpanScorer(entityHead);

  test('gives every candidate the distribution that the head gives it, and suggests the same', async () => {
    let suggested = 0;
    for (const input of passages) {
      const expected = predictEntities(scorer, input);
      const found = await predicted(onnx, entityFeeds(input));
      expectClose(
        found,
        expected.flatMap(({ distribution }) => Object.values(distribution)),
      );
      expect(candidateSpans(input).map(({ start, end }) => ({ start, end }))).toEqual(
        expected.map(({ start, end }) => ({ start, end })),
      );
      const own = suggestedSpans(entityHead, input, scorer.score(input));
      const others = suggestedEntities(description, input, found);
      expect(others.map(({ start, end, label }) => ({ start, end, label }))).toEqual(
        own.map(({ start, end, label }) => ({ start, end, label })),
      );
      suggested += own.length;
    }
    expect(suggested).toBeGreaterThan(5);
    expect(description).toMatchObject({ outcomes: ['Person', 'Firm', 'none'], temperature: 1.3, maxWidth: 8 });
  });

  test('takes a text without words', async () => {
    const empty = { text: '…', words: [], vector: new Float32Array(DIMENSIONS), wordVectors: new Float32Array(0) };
    const found = await predicted(onnx, entityFeeds(empty));
    expect(found).toHaveLength(0);
    expect(suggestedEntities(description, empty, found)).toEqual([]);
  });

  test('is refused where nothing was learned', () => {
    expect(() => exportEntityHead(fitEntityHead(labels, space, [], 1), origin)).toThrow(RangeError);
  });
});

const signatures = [
  { label: 'worksFor', head: ['Person'], tail: ['Firm'], symmetric: false },
  { label: 'knows', head: ['Person'], tail: ['Person'], symmetric: true },
  { label: 'partnerOf', head: ['Firm'], tail: ['Firm', 'Person'], symmetric: true },
];
const relationHead = fitRelationHead(
  signatures,
  space,
  passages.slice(0, 4).map((input) => {
    const mentions = mentionsOf(input.text);
    const index = (name: string) => mentions.findIndex(({ start }) => input.text.startsWith(name, start));
    const relations = [
      { head: index('Ben'), tail: index('Acme'), label: 'worksFor' },
      { head: index('Ferrow'), tail: index('Acme'), label: 'partnerOf' },
    ].filter(({ head, tail }) => head >= 0 && tail >= 0);
    return { passage: input, mentions, relations, scope: signatures.map(({ label }) => label) };
  }),
  1,
  undefined,
  { temperature: 0.8, examples: 4 },
);

describe('an exported head of relations', () => {
  const { onnx, description } = exportRelationHead(relationHead, origin);
  const scorer = new RelationScorer(relationHead);

  test('gives every pair the distribution that the head gives it, and suggests the same', async () => {
    let suggested = 0;
    for (const input of passages.slice(0, 4)) {
      const mentions = mentionsOf(input.text);
      const expected = scorer.score(input, mentions);
      const found = await predicted(onnx, relationFeeds(description, input, mentions));
      expect(pairsOf(description, input, mentions).map(({ head, tail }) => [head, tail])).toEqual(
        expected.map(({ head, tail }) => [head, tail]),
      );
      const rows = distributions(description, found);
      expected.forEach(({ distribution }, row) => {
        for (const label of description.outcomes) expect(rows[row]![label]).toBeCloseTo(distribution[label] ?? 0, 5);
      });
      const own = expected.flatMap(({ head, tail, distribution }) => {
        const top = suggestedLabel(distribution);
        return top === undefined ? [] : [{ label: top.label, head, tail }];
      });
      expect(suggestedRelations(description, input, mentions, found)).toMatchObject(own);
      suggested += own.length;
    }
    expect(suggested).toBeGreaterThan(1);
  });

  test('takes mentions that cover no word, touch or overlap', async () => {
    const [input] = passages;
    const mentions = [
      mention(input!.text, 'Ada Holm', 'Person'),
      mention(input!.text, 'Ada', 'Firm'),
      mention(input!.text, ', ', 'Firm'),
    ];
    const found = distributions(description, await predicted(onnx, relationFeeds(description, input!, mentions)));
    scorer.score(input!, mentions).forEach(({ distribution }, row) => {
      for (const [label, p] of Object.entries(distribution)) expect(found[row]![label]).toBeCloseTo(p, 5);
    });
  });

  test('is refused where nothing was learned', () => {
    expect(() => exportRelationHead(fitRelationHead(signatures, space, [], 1), origin)).toThrow(RangeError);
  });
});

describe('the programs', () => {
  test('head.mjs imports nothing', async () => {
    const { metafile } = await build({
      absWorkingDir: repository,
      entryPoints: ['src/cli/export/head.ts'],
      bundle: true,
      write: false,
      format: 'esm',
      platform: 'neutral',
      metafile: true,
      logLevel: 'silent',
    });
    const [output] = Object.values(metafile.outputs);
    expect(output?.imports).toEqual([]);
    expect(output?.exports).toEqual(expect.arrayContaining(['entityFeeds', 'openTransformer', 'suggestedRelations']));
    expect(output?.bytes).toBeLessThan(100_000);
  });

  const examples = readdirSync(programs).filter((name) => name.startsWith('example-'));
  test.each(examples)('%s takes at most 20 lines and stands in the documentation', (name) => {
    const example = readFileSync(join(programs, name), 'utf8');
    expect(example.trimEnd().split('\n').length).toBeLessThanOrEqual(20);
    expect(readFileSync(join(repository, 'docs/export-head.md'), 'utf8')).toContain(`\n${example}\`\`\`\n`);
  });

  test('there is one for each kind and language', () => expect(examples).toHaveLength(6));
});

/** Inputs as Python makes them, flattened in the order of their rows. */
const Answer = z.object({
  feeds: z.record(z.string(), z.object({ dims: z.array(z.int()), data: z.array(z.number()) })),
  suggested: z.array(z.looseObject({ label: z.string() })).optional(),
});

/** Runs head.py on passages with given words and vectors, in code points. */
function python(
  jobs: readonly {
    readonly kind: 'class' | 'entity' | 'relation';
    readonly head: object;
    readonly passage: PassageInput;
    readonly mentions?: readonly { readonly label: string; readonly start: number; readonly end: number }[];
    readonly probabilities?: readonly (readonly number[])[];
  }[],
): z.infer<typeof Answer>[] {
  const script = `
import json, sys, head as h, numpy as np
answers = []
for job in json.load(sys.stdin):
    p, spec = job["passage"], job["head"]
    words = [tuple(word) for word in p["words"]]
    passage = h.passage(p["text"], np.array(p["vector"], np.float32), words, np.array(p["vectors"], np.float32).reshape(len(words), -1), words)
    own = [job["mentions"]] if job["kind"] == "relation" else []
    feeds = {"class": h.class_feeds, "entity": h.entity_feeds, "relation": h.relation_feeds}[job["kind"]](spec, passage, *own)
    answer = {"feeds": {name: {"dims": list(x.shape), "data": x.ravel().tolist()} for name, x in feeds.items()}}
    if "probabilities" in job:
        decode = h.suggested_entities if job["kind"] == "entity" else h.suggested_relations
        answer["suggested"] = decode(spec, passage, *own, np.array(job["probabilities"]))
    answers.append(answer)
print(json.dumps(answers))`;
  const input = jobs.map(({ passage: { text, words, vector, wordVectors }, mentions = [], ...job }) => {
    const map = textMap(text);
    const code = ({ start, end }: { start: number; end: number }) => [map.toCodePoint(start), map.toCodePoint(end)];
    return {
      ...job,
      passage: { text, words: words.map(code), vector: [...vector], vectors: [...wordVectors] },
      mentions: mentions.map(({ label, ...range }) => ({ label, start: code(range)[0], end: code(range)[1] })),
    };
  });
  const output = execFileSync('python3', ['-c', script], {
    cwd: programs,
    input: JSON.stringify(input),
    encoding: 'utf8',
    env: { ...process.env, PYTHONDONTWRITEBYTECODE: '1', PYTHONIOENCODING: 'utf-8' },
  });
  return z.array(Answer).parse(JSON.parse(output));
}

function expectFeeds(found: z.infer<typeof Answer>['feeds'], expected: Feeds<string>): void {
  expect(Object.keys(found).sort()).toEqual(Object.keys(expected).sort());
  for (const [name, { dims, data }] of Object.entries(expected)) {
    expect([name, found[name]!.dims]).toEqual([name, [...dims]]);
    const own = Array.from(data, Number);
    if (name === 'columns' || name === 'values') continue;
    expectClose(found[name]!.data, own);
  }
  if (expected['columns'] === undefined) return;
  // Entries of a row are in any order.
  const rows = (columns: ArrayLike<number>, values: ArrayLike<number> | undefined, width: number): string[][] => {
    const entries = Array.from(columns, (column, i) => `${column} ${values?.[i]?.toFixed(4) ?? ''}`);
    return Array.from({ length: entries.length / Math.max(1, width) }, (_, r) =>
      values ? entries.slice(r * width, (r + 1) * width).sort() : entries.slice(r * width, (r + 1) * width),
    );
  };
  const width = expected['columns'].dims[1]!;
  expect(rows(found['columns']!.data, found['values']?.data, width)).toEqual(
    rows(
      Array.from(expected['columns'].data, Number),
      expected['values'] && Array.from(expected['values'].data, Number),
      width,
    ),
  );
}

describe.skipIf(!hasNumpy())('head.py gives the models what head.mjs gives them', () => {
  const { description } = exportEntityHead(entityHead, origin);
  const { description: relations } = exportRelationHead(relationHead, origin);
  const data = Float32Array.from(passages.flatMap(({ vector }) => [...vector]));
  const classes = classSpace({ rows: texts.length, dimensions: DIMENSIONS, data }, lexicalRows(passages));
  const classHead = fitClassHead({ values: ['a', 'b'], multiple: false }, featuresOf(passages, classes), [
    { row: 0, values: ['a'] },
  ]);
  const { description: tone } = exportClassHead('tone', classHead, classes, origin);

  test('on texts', async () => {
    const { onnx } = exportEntityHead(entityHead, origin);
    const { onnx: relationOnnx } = exportRelationHead(relationHead, origin);
    const rowsOf = (flat: Float32Array, width: number) =>
      Array.from({ length: flat.length / width }, (_, r) => [...flat.subarray(r * width, (r + 1) * width)]);
    const linked = passages.slice(0, 4);
    const entityRows: Float32Array[] = [];
    for (const input of passages) entityRows.push(await predicted(onnx, entityFeeds(input)));
    const relationRows: Float32Array[] = [];
    for (const input of linked)
      relationRows.push(await predicted(relationOnnx, relationFeeds(relations, input, mentionsOf(input.text))));
    const answers = python([
      ...passages.map((input) => ({ kind: 'class' as const, head: tone, passage: input })),
      ...passages.map((input, i) => ({
        kind: 'entity' as const,
        head: description,
        passage: input,
        probabilities: rowsOf(entityRows[i]!, 3),
      })),
      ...linked.map((input, i) => ({
        kind: 'relation' as const,
        head: relations,
        passage: input,
        mentions: mentionsOf(input.text),
        probabilities: rowsOf(relationRows[i]!, 4),
      })),
    ]);
    passages.forEach((input, i) => {
      expectFeeds(answers[i]!.feeds, classFeeds(input));
      const entities = answers[passages.length + i]!;
      expectFeeds(entities.feeds, entityFeeds(input));
      const map = textMap(input.text);
      const own = suggestedEntities(description, input, entityRows[i]!);
      expect(entities.suggested).toMatchObject(
        own.map(({ start, end, label }) => ({ label, start: map.toCodePoint(start), end: map.toCodePoint(end) })),
      );
    });
    linked.forEach((input, i) => {
      const answer = answers[2 * passages.length + i]!;
      const mentions = mentionsOf(input.text);
      expectFeeds(answer.feeds, relationFeeds(relations, input, mentions));
      const own = suggestedRelations(relations, input, mentions, relationRows[i]!);
      expect(answer.suggested).toMatchObject(own.map(({ label, head, tail }) => ({ label, head, tail })));
    });
  });

  test('on whatever is written', () => {
    const piece = fc.constantFrom(
      'a',
      'Z',
      'ß',
      '9',
      'É',
      '漢',
      '𝒳',
      '.',
      ',',
      ':',
      '’',
      '"',
      ' ',
      '\n',
      '\t',
      '\u00a0',
      '«',
      'e\u0301',
      'Wort',
      'U.S',
      '  \n\n',
      'x1',
      'iPhone',
      'ǅ',
    );
    const random = fc.sample(fc.array(piece, { minLength: 1, maxLength: 24 }), { numRuns: 150, seed: 7 });
    const inputs = random
      .map((parts): PassageInput => {
        const text = parts.join('');
        const words = wordsOf(text);
        const wordVectors = new Float32Array(words.length * DIMENSIONS).fill(0.5);
        return { text, words, vector: new Float32Array(DIMENSIONS).fill(0.5), wordVectors };
      })
      .filter(({ words }) => words.length > 1);
    const mentions = ({ words }: PassageInput) => [
      { ...words[0]!, label: 'Person' },
      { ...words.at(-1)!, label: 'Firm' },
    ];
    const answers = python(
      inputs.flatMap((input) => [
        { kind: 'class' as const, head: tone, passage: input },
        { kind: 'entity' as const, head: description, passage: input },
        { kind: 'relation' as const, head: relations, passage: input, mentions: mentions(input) },
      ]),
    );
    inputs.forEach((input, i) => {
      expectFeeds(answers[3 * i]!.feeds, classFeeds(input));
      expectFeeds(answers[3 * i + 1]!.feeds, entityFeeds(input));
      expectFeeds(answers[3 * i + 2]!.feeds, relationFeeds(relations, input, mentions(input)));
    });
  });
});

function hasNumpy(): boolean {
  try {
    execFileSync('python3', ['-c', 'import numpy'], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}
