import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { InferenceSession, Tensor } from 'onnxruntime-node';
import { afterAll, describe, expect, test } from 'vitest';
import { exportClassHead } from '../../../src/learning/export/class-head.js';
import { JAVASCRIPT_EXAMPLE, PYTHON_EXAMPLE } from '../../../src/learning/export/examples.js';
import { classFeatures, classSpace } from '../../../src/learning/features/class.js';
import { lexicalRows } from '../../../src/learning/features/lexical.js';
import { classProbabilities, fitClassHead } from '../../../src/learning/heads/class.js';
import { DIMENSIONS, passage } from './support.js';

const texts = [
  'The ferry was splendid, and the crew was kind to the harbour',
  'Dreadful: the ferry was late again, again and again',
  'The harbour opens at noon on Mondays',
  'Splendid weather; the harbour was lovely',
  'The crew was late and rude',
  'Noon at the harbour, 1995',
];
const values = ['praise', 'blame', 'fact'];
const passages = texts.map(passage);
const vectors = {
  rows: texts.length,
  dimensions: DIMENSIONS,
  data: Float32Array.from(passages.flatMap(({ vector }) => [...vector])),
};
const lexical = lexicalRows(passages);
const space = classSpace(vectors, lexical);
const features = classFeatures(vectors, lexical, space);
const origin = { class: 'tone', model: { name: 'm', hash: '0123456789abcdef', dimensions: DIMENSIONS }, state: 'f' };

/** What the exported model says of all passages, each filled up to the longest. */
async function predicted(onnx: Uint8Array): Promise<number[]> {
  const session = await InferenceSession.create(onnx);
  const longest = Math.max(...texts.map((_, r) => lexical.starts[r + 1]! - lexical.starts[r]!));
  const columns = new BigInt64Array(texts.length * longest);
  const counts = new Float32Array(texts.length * longest);
  texts.forEach((_, r) => {
    for (let e = lexical.starts[r]!; e < lexical.starts[r + 1]!; e++) {
      const at = r * longest + e - lexical.starts[r]!;
      columns[at] = BigInt(lexical.columns[e]!);
      counts[at] = lexical.values[e]!;
    }
  });
  const { probabilities } = await session.run({
    vector: new Tensor('float32', vectors.data, [texts.length, DIMENSIONS]),
    columns: new Tensor('int64', columns, [texts.length, longest]),
    values: new Tensor('float32', counts, [texts.length, longest]),
  });
  if (!(probabilities?.data instanceof Float32Array)) throw new TypeError('no probabilities');
  return [...probabilities.data];
}

describe('an exported class head', () => {
  test('predicts what the head predicts, single', async () => {
    const examples = [0, 1, 2, 3].map((row) => ({ row, values: [values[row % 3]!] }));
    const head = fitClassHead({ values, multiple: false }, features, examples, undefined, {
      temperature: 0.7,
      examples: 4,
    });
    const { onnx, description } = exportClassHead(head, space, origin);
    const expected = classProbabilities(head, features)[0]!;
    const found = await predicted(onnx);
    expect(found).toHaveLength(expected.length);
    found.forEach((p, i) => expect(p).toBeCloseTo(expected[i]!, 5));
    expect(Math.max(...found)).toBeGreaterThan(0.5);
    expect(description).toMatchObject({ class: 'tone', values, multiple: false, examples: 4, temperature: 0.7 });
    expect(description.model).toEqual(origin.model);
  });

  test('predicts what the head predicts, multiple', async () => {
    const examples = [0, 1, 2, 3].map((row) => ({ row, values: values.slice(0, row % 3), scope: values }));
    const head = fitClassHead({ values, multiple: true }, features, examples);
    const found = await predicted(exportClassHead(head, space, origin).onnx);
    const expected = classProbabilities(head, features);
    found.forEach((p, i) => expect(p).toBeCloseTo(expected[i % 3]![2 * Math.floor(i / 3)]!, 5));
    expect(new Set(found.map((p) => p.toFixed(3))).size).toBeGreaterThan(3);
  });
});

describe('the examples hash as the head does', () => {
  const folder = mkdtempSync(join(tmpdir(), 'marginalia-export-'));
  afterAll(() => rmSync(folder, { recursive: true, force: true }));
  const words = ['The', 'ÉCLAIR', 'the', 'don’t', '漢字', '𝒳yz𝒳yz', 'splendidly', 'splendid', 'a'];
  const text = words.join(' ');
  let at = 0;
  const own = lexicalRows([{ text, words: words.map((word) => ({ start: at, end: (at += word.length + 1) - 1 })) }]);
  const expected = [...own.columns].map((column, i): [number, number] => [column, own.values[i]!]).sort(byColumn);
  const { lexical: spec } = exportClassHead(
    fitClassHead({ values, multiple: false }, features, [{ row: 0, values: ['fact'] }]),
    space,
    origin,
  ).description;

  function byColumn([a]: readonly [number, number], [b]: readonly [number, number]): number {
    return a - b;
  }

  function compare(found: readonly (readonly [number, number])[]): void {
    expect(found.map(([column]) => column)).toEqual(expected.map(([column]) => column));
    found.forEach(([, value], i) => expect(value).toBeCloseTo(expected[i]![1], 5));
  }

  test('in JavaScript', async () => {
    const file = join(folder, 'hashing.mjs');
    writeFileSync(file, JAVASCRIPT_EXAMPLE);
    const module: unknown = await import(/* @vite-ignore */ pathToFileURL(file).href);
    if (typeof module !== 'object' || module === null || !('lexical' in module)) throw new TypeError('no function');
    const { lexical: hash } = module;
    if (typeof hash !== 'function') throw new TypeError('no function');
    const rows: unknown = Reflect.apply(hash, undefined, [words, spec]);
    if (!(rows instanceof Map)) throw new TypeError('no rows');
    compare([...rows].map(([column, value]): [number, number] => [Number(column), Number(value)]).sort(byColumn));
  });

  test.skipIf(!hasNumpy())('in Python', () => {
    writeFileSync(join(folder, 'example.py'), PYTHON_EXAMPLE);
    const script = `import json, sys; from example import lexical
c, v = lexical(*json.load(sys.stdin)); print(json.dumps(sorted(zip(c[0].tolist(), v[0].tolist()))))`;
    const input = JSON.stringify([words, spec]);
    const found: unknown = JSON.parse(
      execFileSync('python3', ['-c', script], {
        cwd: folder,
        input,
        encoding: 'utf8',
        env: { ...process.env, PYTHONDONTWRITEBYTECODE: '1' },
      }),
    );
    if (!Array.isArray(found)) throw new TypeError('no rows');
    compare(
      found.map((row: unknown): [number, number] => (Array.isArray(row) ? [Number(row[0]), Number(row[1])] : [0, 0])),
    );
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
