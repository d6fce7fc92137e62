import { existsSync } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createEmbedder } from '../../src/embedding/open-embedder.js';
import { createPieceEncoder } from '../../src/embedding/pieces.js';
import { loadTransformers } from '../../src/embedding/runtime.js';
import { stagesOf } from '../../src/embedding/tokenizer.js';
import type { Embedder } from '../../src/embedding/types.js';
import { SAMPLE } from '../fixtures/tokenizers/sample.js';

const folder = fileURLToPath(new URL('../../media/models/marginalia-en-small', import.meta.url));
const sample = fileURLToPath(new URL('../../media/sample', import.meta.url));
const present = existsSync(folder);
if (!present) console.warn(`Skipped: the bundled model is not there (${folder}).`);

const cosine = (a: Float32Array, b: Float32Array): number => a.reduce((sum, value, i) => sum + value * b[i]!, 0);
const largestDifference = (a: Float32Array, b: Float32Array): number =>
  a.reduce((largest, value, i) => Math.max(largest, Math.abs(value - b[i]!)), 0);

describe.runIf(present).each(['native', 'wasm'] as const)('the bundled model on the %s runtime', (runtime) => {
  let embedder: Embedder;
  beforeAll(async () => {
    embedder = await createEmbedder({ folder, runtime });
  });
  afterAll(() => embedder.dispose());

  it('gives a text the same vectors alone, padded and in any batch', async () => {
    const texts = [...SAMPLE.split('\n'), ...SAMPLE.split(' ').slice(0, 60), SAMPLE];
    const together = await embedder.encode(texts);
    for (const [i, text] of texts.entries()) {
      if (i % 7 !== 0) continue;
      const [alone] = await embedder.encode([text]);
      expect(largestDifference(alone!.vector, together[i]!.vector)).toBeLessThan(1e-4);
      expect(largestDifference(alone!.tokens, together[i]!.tokens)).toBeLessThan(1e-4);
    }
  });

  it('tells near texts from far ones', async () => {
    const [council, committee, football] = await embedder.encode([
      'The council approved the new budget for schools on Monday.',
      'On Monday the committee agreed to spend more money on education.',
      'He scored twice in the second half and the match ended in a draw.',
    ]);
    expect(cosine(council!.vector, committee!.vector)).toBeGreaterThan(cosine(council!.vector, football!.vector));
  });
});

it.runIf(present)('cuts the sample workspace into the pieces that the model was trained with', async () => {
  const { AutoTokenizer } = await loadTransformers();
  const tokenizer = await AutoTokenizer.from_pretrained(folder, { local_files_only: true });
  const stages = stagesOf(tokenizer);
  const encode = createPieceEncoder(stages);
  const files = (await readdir(sample, { recursive: true })).filter((file) => /\.(txt|md|jsonl|csv)$/.test(file));
  expect(files.length).toBeGreaterThan(5);
  for (const file of files) {
    const text = await readFile(join(sample, file), 'utf8');
    const { ids, ranges } = encode(text);
    expect([...stages.prefix, ...ids, ...stages.suffix]).toEqual(tokenizer.encode(text));
    ranges.forEach(({ start, end }, i) => {
      const piece = (tokenizer._tokenizer.id_to_token(ids[i]!) ?? '').replace(/^##/, '');
      if (!piece.startsWith('[')) expect(text.slice(start, end).normalize('NFC')).toBe(piece.normalize('NFC'));
    });
  }
});

it.runIf(present)('has the same vectors on both runtimes', async () => {
  const native = await createEmbedder({ folder, runtime: 'native' });
  const wasm = await createEmbedder({ folder, runtime: 'wasm' });
  const texts = SAMPLE.split('\n');
  const [a, b] = [await native.encode(texts), await wasm.encode(texts)];
  expect(native.info.hash).toBe(wasm.info.hash);
  for (const [i] of texts.entries()) expect(cosine(a[i]!.vector, b[i]!.vector)).toBeGreaterThan(0.99999);
  await native.dispose();
  await wasm.dispose();
});
