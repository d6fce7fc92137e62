import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { z } from 'zod';
import { marginalia, repository, scratchSample, type Scratch } from './support.js';

const run = promisify(execFile);
const model = path.join(repository, 'media/models/marginalia-en-small');

const Item = z.object({
  text: z.string(),
  distribution: z.record(z.string(), z.number()),
});
const Passages = z.object({
  items: z.array(z.object({ candidates: z.array(Item.extend({ kind: z.string() })) })),
});

/** Every candidate of a text by the exported heads, as the documentation says. */
const PROGRAM = `
import { readFileSync } from 'node:fs';
import * as transformers from '@huggingface/transformers';
import { InferenceSession, Tensor } from 'onnxruntime-node';
import * as h from './head.mjs';
const [folder, text] = process.argv.slice(2);
const rows = async (name, feeds, passage) => {
  const head = JSON.parse(readFileSync(name + '.json', 'utf8'));
  const { probabilities } = await (await InferenceSession.create(name + '.onnx')).run(h.tensors(feeds(passage), Tensor));
  return h.distributions(head, probabilities.data);
};
const passage = await (await h.openTransformer(folder, JSON.parse(readFileSync('entities.json', 'utf8')).model, transformers))(text);
const entities = await rows('entities', h.entityFeeds, passage);
const spans = h.candidateSpans(passage).map(({ start, end }, i) => ({ text: text.slice(start, end), distribution: entities[i] }));
console.log(JSON.stringify({ tone: (await rows('class-tone', h.classFeeds, passage))[0], spans }));
`;
const Said = z.object({
  tone: z.record(z.string(), z.number()),
  spans: z.array(z.object({ text: z.string(), distribution: z.record(z.string(), z.number()) })),
});

describe('export-head', () => {
  let sample: Scratch;
  let folder: string;

  beforeAll(async () => {
    sample = await scratchSample();
    // Within the repository, so that programs find its packages.
    await mkdir(path.join(repository, '.scratch'), { recursive: true });
    folder = await mkdtemp(path.join(repository, '.scratch', 'heads-'));
    const args = ['export-head', '--workspace', sample.folder, '--output', folder, '--json'];
    const { code, stdout, stderr } = await marginalia(args, sample.storage);
    expect(code, stderr).toBe(0);
    const { written } = z.object({ written: z.array(z.string()) }).parse(JSON.parse(stdout));
    expect(written).toEqual(
      expect.arrayContaining(['class-tone.onnx', 'entities.json', 'relations.onnx', 'head.py', 'example-class.py']),
    );
  });

  afterAll(async () => {
    await rm(folder, { recursive: true, force: true });
    await sample.remove();
  });

  test('gives what the queue says of a passage', async () => {
    const args = ['queue', '--workspace', sample.folder, '--by', 'passage', '--limit', '1', '--json'];
    const { items } = Passages.parse(JSON.parse((await marginalia(args, sample.storage)).stdout));
    const { candidates } = items[0]!;
    // The passage's own text is cut short for lists.
    const text = candidates.find(({ kind }) => kind === 'class')!.text;
    await writeFile(path.join(folder, 'all.mjs'), PROGRAM);
    const said = Said.parse(
      JSON.parse((await run(process.execPath, ['all.mjs', model, text], { cwd: folder })).stdout),
    );
    const entities = candidates.filter(({ kind }) => kind === 'entity');
    expect(entities.length).toBeGreaterThan(0);
    for (const { kind, text: quoted, distribution } of candidates) {
      if (kind === 'relation') continue;
      const equal =
        kind === 'class' ? [said.tone] : said.spans.filter((span) => span.text === quoted).map((s) => s.distribution);
      // The same words may stand in the passage twice.
      const off = equal.map((other) =>
        Math.max(...Object.entries(distribution).map(([k, p]) => Math.abs(other[k]! - p))),
      );
      // The queue's vectors come from the cache, rounded.
      expect(Math.min(...off), `${kind} ${quoted}`).toBeLessThan(0.02);
    }
  });

  test.each([
    ['example-class.mjs', ['class-tone', model, 'The ferry was late again.'], /complaint: 0\.\d/],
    ['example-entities.mjs', [model, 'Ada Holm runs Ferrow Marine in Port Ellery.'], /label: 'Person'/],
    [
      'example-relations.mjs',
      [
        model,
        'Ada Holm runs Ferrow Marine in Port Ellery.',
        '[{"start":0,"end":8,"label":"Person"},{"start":14,"end":27,"label":"Organisation"}]',
      ],
      /label: 'worksFor'/,
    ],
  ])('%s runs as it is', async (example, args, said) => {
    expect((await run(process.execPath, [example, ...args], { cwd: folder })).stdout).toMatch(said);
  });
});
