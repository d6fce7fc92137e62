import { readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { temporaryFolder } from '../../scripts/sample.mjs';
import { Annotation } from '../../src/labels/annotation.js';
import { launch } from '../e2e/harness/editor.js';
import { scratchWorkspace } from '../e2e/harness/workspace.js';
import { Annotator } from './labelling/annotator.js';
import { writeCorpus, type Truth } from './labelling/corpus.js';
import { leastTimes, verdictKey, watchKeys } from './labelling/recorder.js';

/**
 * `npm run bench -- labelling [--passages 50] [--pause 40]`: passages labelled with entities and relations in a real VS
 * Code, by the keyboard alone, from the first passage on with what the engine suggests meanwhile; then the label file
 * is compared with what is right. Tells the milliseconds from a key to the end of the frame that shows what it led to,
 * and from a verdict to the next passage. `--pause`: milliseconds between two keys.
 */

const options = new Map(process.argv.slice(2).flatMap((name, i, all) => (i % 2 === 0 ? [[name, all[i + 1]]] : [])));

const passages = Number(options.get('--passages') ?? 50);
const pause = Number(options.get('--pause') ?? 40);

/** What the label file should hold, a line each, in words that can be compared. */
function expected(truths: readonly Truth[]): string[] {
  return truths.flatMap(({ doc, at, text, entities, relations }) => {
    const place = (i: number): string => `${at + entities[i]!.start}-${at + entities[i]!.end}`;
    return [
      ...entities.map(({ label }, i) => `${doc} entity ${label} ${place(i)}`),
      ...relations.map(({ label, head, tail }) => `${doc} relation ${label} ${place(head)} ${place(tail)}`),
      `${doc} review accept ${at}-${at + text.length}`,
    ];
  });
}

async function written(file: string): Promise<{ lines: string[]; rejections: number }> {
  const text = await readFile(file, 'utf8');
  const all = text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => Annotation.parse(JSON.parse(line)));
  const placeOf = (spans: readonly { readonly start: number; readonly end: number }[]): string =>
    spans.map(({ start, end }) => `${start}-${end}`).join(' ');
  const places = new Map(all.flatMap((line) => (line.type === 'entity' ? [[line.id, placeOf(line.spans)]] : [])));
  const lines = all.flatMap((line): string[] => {
    switch (line.type) {
      case 'entity':
        return [`${line.doc} entity ${line.label} ${placeOf(line.spans)}`];
      case 'relation':
        return [`${line.doc} relation ${line.label} ${places.get(line.head) ?? '?'} ${places.get(line.tail) ?? '?'}`];
      case 'review':
        return [`${line.doc} review ${line.answer} ${placeOf(line.spans)}`];
      default:
        return [];
    }
  });
  return { lines, rejections: all.filter(({ type }) => type === 'rejection').length };
}

function report(what: string, values: readonly number[]): void {
  const sorted = values.toSorted((a, b) => a - b);
  const at = (q: number): string =>
    (sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * q))] ?? NaN).toFixed(1);
  console.log(`  ${what.padEnd(44)} median ${at(0.5)} ms, 95th percentile ${at(0.95)} ms (${values.length})`);
}

const source = await temporaryFolder();
const truths = await writeCorpus(source, Math.max(4 * passages, 96));
const workspace = await scratchWorkspace(source);
const editor = await launch({
  workspace: workspace.folder,

  settings: { 'marginalia.annotator': 'bench' },
  env: { MARGINALIA_OPEN: '1' },
});
try {
  const panel = await editor.panel();
  await panel.locator('passage-text').waitFor();
  await panel.getByText('engine ready').waitFor();
  await panel.locator('passage-text').click();
  await watchKeys(panel);
  const annotator = new Annotator(editor.page, panel, pause);
  const done: Truth[] = [];
  const started = performance.now();
  while (done.length < passages) {
    const { passage } = await annotator.look();
    if (passage === undefined) throw new Error('The queue ended too soon.');
    const { start, end } = passage.passage;
    const truth = truths.get(passage.text.slice(start, end));
    if (truth === undefined) throw new Error(`Nothing is known of the passage at ${passage.doc}:${passage.line}.`);
    await annotator.label(truth, done.length % 5 === 4);
    await annotator.press(verdictKey);
    done.push(truth);
  }
  const minutes = (performance.now() - started) / 60_000;
  const keystrokes = await panel.evaluate(() => window.keystrokes);
  const least = await leastTimes(panel, 60);
  const { tally } = annotator;
  const painted = keystrokes.flatMap(({ ms, next }) => (ms === undefined || next ? [] : [ms]));
  const isMove = (key: string): boolean => /^Arrow|^[jk]$/.test(key);
  const of = (wanted: boolean): number[] =>
    keystrokes.flatMap(({ key, ms, next }) => (ms === undefined || next || isMove(key) !== wanted ? [] : [ms]));
  console.log(
    `${done.length} passages in ${minutes.toFixed(1)} min with a pause of ${pause} ms between keys: ${tally.entities} entities and ${tally.relations} relations by hand, ${tally.accepted} suggestions accepted, ${tally.rejected} rejected, ${tally.undone} undone and redone; ${(keystrokes.length / done.length).toFixed(1)} keys a passage; at most ${tally.mostForWord} for an entity of one word, ${tally.mostForRelation} for a relation from its selected head on`,
  );
  report('least change to paint', least);
  report('key to paint', painted);
  report('  of that: moving and going through', of(true));
  report('  of that: labelling, host and disk included', of(false));
  const verdicts = keystrokes.flatMap(({ ms, next }) => (ms !== undefined && next ? [ms] : []));
  report('verdict to next passage', verdicts);
  // VS Code has only just started before.
  report('  of that: from the tenth on', verdicts.slice(9));
  const silent = keystrokes.filter(({ ms }) => ms === undefined);
  if (silent.length > 0) console.log(`  keys that changed nothing: ${silent.map(({ key }) => key).join(' ')}`);

  const file = join(workspace.folder, 'labels', 'bench.jsonl');
  const wanted = expected(done);
  let found = await written(file);
  for (let i = 0; i < 50 && found.lines.length < wanted.length; i++) {
    await wait(100);
    found = await written(file);
  }
  const missing = wanted.filter((line) => !found.lines.includes(line));
  const others = found.lines.filter((line) => !wanted.includes(line));
  console.log(
    `label file: ${found.lines.length} lines as labelled, ${found.rejections} rejections; missing ${missing.length}, not labelled ${others.length}`,
  );
  for (const line of [...missing.map((one) => `- ${one}`), ...others.map((one) => `+ ${one}`)])
    console.log(`  ${line}`);
  if (missing.length + others.length > 0 || found.rejections !== annotator.rejections.length) process.exitCode = 1;
} finally {
  await editor.dispose();
  await workspace.dispose();
  await rm(source, { recursive: true, force: true });
}
