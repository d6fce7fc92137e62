import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { FolderSession, type Engine } from '../../src/editor/folder-session.js';
import { ViewSender } from '../../src/editor/view-sender.js';
import { serialise } from '../../src/labels/serialise.js';
import type { FromPanel, ToPanel } from '../../src/protocol/panel.js';
import { startStage, type PanelPage } from '../webview/harness.js';
import { longDocument, longProject, type LongDocument } from '../webview/long.js';

/**
 * The panel with a document of 10,000 words, 1,000 entities, 500 relations and 300 suggestions (design, section 7), in
 * headless Chromium, with the real host session and label files behind it: how long it takes to open, from a key to the
 * frame that shows what it did, and a frame while scrolling.
 */

const presses = 60;

/** A folder with the document and its labels, and a session with an engine that only knows the suggestions. */
async function openSession({
  document,
  lines,
  queued,
}: LongDocument): Promise<{ session: FolderSession; folder: string }> {
  const folder = await mkdtemp(join(tmpdir(), 'marginalia-bench-'));
  await writeFile(join(folder, 'marginalia.json'), JSON.stringify(longProject));
  await writeFile(join(folder, document.ref.file), document.text);
  await mkdir(join(folder, 'labels'));
  await writeFile(join(folder, 'labels', 'me.jsonl'), lines.map((line) => `${serialise(line)}\n`).join(''));
  const engine: Engine = {
    state: 'ready',
    onState: () => ({ dispose: () => undefined }),
    on: () => undefined,
    start: () => undefined,
    stop: () => Promise.resolve(),
    restart: () => Promise.resolve(),
    notify: () => undefined,
    request: () => {
      const status = { version: 1, passages: 1, reviewed: 0, state: '' };
      return Promise.resolve({ status, items: [queued], item: queued, ref: document.ref } as never);
    },
  };
  const quiet = (): void => undefined;
  const session = new FolderSession({
    folder,
    storage: folder,
    models: folder,
    downloads: '',
    settings: {
      engine: { strategy: 'margin', annotator: 'me', model: 'm', runtime: 'auto', seed: 0 },
      keys: {},
      decorations: false,
    },
    log: { debug: quiet, info: quiet, warn: quiet, error: quiet },
    engine: () => engine,
  });
  await session.open();
  while (session.shown === undefined) await new Promise((resolve) => setTimeout(resolve, 5));
  return { session, folder };
}

/** Milliseconds from a posted message until the frame after what it changed. */
function post(panel: PanelPage, message: ToPanel): Promise<number> {
  return panel.page.evaluate(async (posted) => {
    const started = performance.now();
    window.postMessage(posted, '*');
    for (let i = 0; i < 2; i++) await new Promise((resolve) => requestAnimationFrame(resolve));
    return performance.now() - started;
  }, message);
}

/** Milliseconds of each frame while the text scrolls by a third of a screen a frame. */
function scroll(panel: PanelPage): Promise<number[]> {
  return panel.page.evaluate(async () => {
    const main = document.querySelector('marginalia-panel')?.shadowRoot?.querySelector('main');
    const frames: number[] = [];
    let before = performance.now();
    for (let i = 0; i < 90; i++) {
      main?.scrollBy(0, 120);
      await new Promise((resolve) => requestAnimationFrame(resolve));
      const now = performance.now();
      frames.push(now - before);
      before = now;
    }
    return frames;
  });
}

function quantile(values: readonly number[], q: number): number {
  return [...values].sort((a, b) => a - b)[Math.min(values.length - 1, Math.floor(values.length * q))] ?? NaN;
}

function report(what: string, values: readonly number[]): void {
  const [median, most] = [quantile(values, 0.5), quantile(values, 0.95)];
  console.log(`  ${what.padEnd(46)} median ${median.toFixed(1)} ms, 95th percentile ${most.toFixed(1)} ms`);
}

async function measure(name: string, long: LongDocument): Promise<number> {
  console.log(`${name}: ${long.document.text.length} characters`);
  const { session, folder } = await openSession(long);
  const sender = new ViewSender();
  const messages: FromPanel[] = [];
  const built: number[] = [];
  const message = (): ToPanel | undefined => {
    const started = performance.now();
    const made = sender.message(session.view(0));
    built.push(performance.now() - started);
    return made;
  };
  const host = async (posted: FromPanel): Promise<void> => {
    messages.push(posted);
    if (posted.type !== 'action') return;
    const { action } = posted;
    switch (action.do) {
      case 'openSource':
      case 'command':
        return;
      default:
        await session.perform(action);
    }
    const made = message();
    if (made !== undefined) await panel.page.evaluate((one) => window.postMessage(one, '*'), made);
    await panel.page.evaluate((one) => window.postMessage(one, '*'), { type: 'done', id: posted.id } as const);
  };
  const panel = await stage.open({ host: (posted) => void host(posted) });
  const opening: number[] = [];
  for (let i = 0; i < 3; i++) {
    sender.forget();
    await panel.page.reload();
    await panel.page.waitForFunction(() => window.posted.length > 0);
    const first = message()!;
    const inHost = built.at(-1)!;
    opening.push(inHost + (await post(panel, first)));
  }
  console.log(`  view ${(JSON.stringify(session.view(0)).length / 1024).toFixed(0)} kB`);
  report('open: view to frame, host included', opening);
  built.length = 0;
  await panel.page.keyboard.press('ArrowDown');
  for (let i = 0; i < presses; i++) {
    const before = messages.filter(({ type }) => type === 'timing').length;
    for (let k = 0; k < 7; k++) await panel.page.keyboard.press('ArrowRight');
    await panel.page.keyboard.press('p');
    const started = performance.now();
    while (messages.filter(({ type }) => type === 'timing').length === before) {
      await new Promise((resolve) => setTimeout(resolve, 5));
      if (performance.now() - started > 5000) break;
    }
  }
  const timings = messages.flatMap((posted) =>
    posted.type === 'timing' && posted.what === 'paint' ? [posted.ms] : [],
  );
  report(`label: key to frame, host and disk included (${timings.length})`, timings);
  report('  of that in the host: view and change', built);
  const frames = await scroll(panel);
  report('scroll: a frame', frames);
  if (panel.problems.length > 0) console.log(panel.problems.join('\n'));
  await panel.close();
  await session.dispose();
  await rm(folder, { recursive: true });
  return quantile(timings, 0.5);
}

const stage = await startStage();
try {
  const short = await measure('A short document', longDocument(5, 300, 30, 15));
  const paragraphs = await measure('In 100 paragraphs', longDocument(100));
  const one = await measure('In one paragraph', longDocument(1));
  console.log(
    `Label, long against short: ${(paragraphs / short).toFixed(2)}, in one paragraph ${(one / short).toFixed(2)}`,
  );
} finally {
  await stage.close();
}
