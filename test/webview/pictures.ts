import { mkdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { shrink } from '../../scripts/shrink.mjs';
import { readGuidelines } from '../../src/editor/guidelines-markdown.js';
import { noProjectNotice } from '../../src/editor/notices.js';
import { passageView, viewTypes } from '../../src/editor/view.js';
import { parseProject } from '../../src/labels/project.js';
import type { PanelView } from '../../src/protocol/panel.js';
import { startStage } from './harness.js';
import { longDocument, longProject } from './long.js';
import type { ThemeName } from './themes.js';
import { personExamples } from './guidelines-views.js';
import { progress } from './progress/views.js';
import { arabic, dense, elsewhere, hebrew, japanese, noticeOf, rich, several, viewOf } from './views.js';

interface Shot {
  readonly name: string;
  /** Whether the documentation shows it. */
  readonly kept?: true;
  /** The panel's view; the progress view where there is none. */
  readonly view?: PanelView;
  readonly theme: ThemeName;
  readonly width?: number;
  readonly height?: number;
  readonly scale?: number;
  readonly keys?: readonly string[];
  /** Beside the passage, with examples. */
  readonly guidelines?: string;
  /** A label whose card is open. */
  readonly card?: string;
}

/** Of a document of 10,000 words with 1,000 entities and 500 relations. */
function long(): PanelView {
  const { document, lines, queued } = longDocument(100);
  const { project } = parseProject(JSON.stringify(longProject));
  if (project === undefined) throw new Error('The project of the long document is none.');
  const shown = { document, passage: { start: 0, end: document.map.length }, queued };
  return viewOf(passageView(shown, { own: lines, others: [] }, project, 'mei'), { types: viewTypes(project) });
}

const guidelines = await readFile(new URL('../../media/sample/GUIDELINES.md', import.meta.url), 'utf8');

function shots(): Shot[] {
  return [
    { name: 'dark', theme: 'dark', view: viewOf(rich()) },
    { name: 'light', theme: 'light', view: viewOf(rich()) },
    { name: 'high-contrast', theme: 'high contrast', view: viewOf(rich()) },
    { name: 'high-contrast-light', theme: 'high contrast light', view: viewOf(rich()) },
    { name: 'narrow', theme: 'dark', view: viewOf(rich()), width: 400, height: 760 },
    { name: 'picking', theme: 'dark', view: viewOf(rich()), keys: ['k', 'k', 'w'] },
    { name: 'words', kept: true, height: 520, theme: 'light', view: viewOf(rich()), keys: ['.'] },
    { name: 'bulk', theme: 'light', view: viewOf(rich()), keys: ['Shift+Y'] },
    { name: 'hidden', theme: 'dark', view: viewOf(rich()), keys: ['v', 'o'] },
    { name: 'stub', theme: 'high contrast', view: viewOf(elsewhere()), keys: ['k', 'k', 'k', 'k'] },
    { name: 'tiny', theme: 'light', view: viewOf(elsewhere()), width: 300, height: 640 },
    { name: 'right-to-left', kept: true, height: 580, theme: 'light', view: viewOf(arabic()) },
    { name: 'mixed-directions', kept: true, height: 500, theme: 'dark', view: viewOf(hebrew()) },
    { name: 'chinese-japanese', kept: true, height: 640, theme: 'light', view: viewOf(japanese()) },
    { name: 'thai-devanagari-emoji', kept: true, height: 620, theme: 'dark', view: viewOf(several()) },
    { name: 'dense', kept: true, height: 760, theme: 'dark', view: viewOf(dense()) },
    { name: 'long', kept: true, height: 700, theme: 'light', view: long(), keys: ['k', 'ArrowUp'] },
    // What a panel of 1000 by 700 pixels has left at 200 % zoom.
    { name: 'zoomed', theme: 'light', view: viewOf(rich()), width: 500, height: 350, scale: 4 },
    { name: 'note-and-error', theme: 'dark', view: viewOf({ ...rich(), flag: true }), keys: ['/'] },
    {
      name: 'empty',
      theme: 'light',
      view: { ...noticeOf(''), notice: noProjectNotice(true) },
    },
    { name: 'progress-light', theme: 'light', height: 1020 },
    { name: 'progress-dark', theme: 'dark', height: 1020 },
    { name: 'progress-high-contrast', theme: 'high contrast', height: 1020 },
    { name: 'progress-high-contrast-light', theme: 'high contrast light', height: 1020 },
    { name: 'progress-narrow', theme: 'dark', width: 380, height: 900 },
    { name: 'progress-tables', theme: 'light', height: 1020, keys: ['t'] },
    { name: 'guidelines-light', theme: 'light', width: 1300, height: 800, view: viewOf(rich()), guidelines },
    { name: 'guidelines-dark', theme: 'dark', width: 1300, height: 800, view: viewOf(rich()), guidelines },
    {
      name: 'guidelines-high-contrast',
      theme: 'high contrast',
      width: 1300,
      height: 800,
      view: viewOf(rich()),
      guidelines,
    },
    { name: 'guidelines-card', theme: 'light', view: viewOf(rich()), card: 'entity Person' },
    { name: 'guidelines-narrow', theme: 'dark', width: 420, height: 900, view: viewOf(rich()), guidelines },
    { name: 'help', theme: 'light', view: viewOf(rich()), keys: ['?'] },
  ];
}

/** Takes the panel's pictures into a folder: all or those that are kept, of these those whose name begins as said. */
async function takePictures(folder: string, onlyKept: boolean, begins: string): Promise<void> {
  await mkdir(folder, { recursive: true });
  const stage = await startStage();
  try {
    for (const { name, kept, view, keys = [], guidelines: text, card, ...options } of shots()) {
      if ((onlyKept && kept !== true) || !name.startsWith(begins)) continue;
      const scale = onlyKept ? 1.5 : 2;
      const panel = await stage.open({ scale, of: view === undefined ? 'progress' : 'panel', ...options });
      if (view === undefined) await panel.send({ type: 'view', view: { annotator: 'mei', progress: progress() } });
      else await panel.show(view);
      if (text !== undefined) {
        const blocks = readGuidelines(text, 'GUIDELINES.md');
        await panel.send({ type: 'guidelines', guidelines: { file: 'GUIDELINES.md', blocks } });
        await panel.page.locator('guidelines-pane summary').first().click();
      }
      if (view !== undefined) await panel.send({ type: 'examples', labels: personExamples });
      if (card !== undefined) {
        await panel.page.locator(`label-bar [data-label="${card}"]`).hover();
        await panel.page.getByRole('tooltip').waitFor();
      }
      for (const key of keys) await panel.page.keyboard.press(key);
      // What a press scrolled to is drawn in the next frame.
      await panel.send();
      await shrink(join(folder, `${name}.png`), await panel.page.screenshot());
      if (panel.problems.length > 0) throw new Error(`${name}: ${panel.problems.join('\n')}`);
      await panel.close();
    }
  } finally {
    await stage.close();
  }
}

const onlyKept = process.argv.includes('--kept');
const [folder, begins = ''] = process.argv.slice(2).filter((one) => one !== '--kept');
if (folder === undefined) throw new Error('Name a folder: node test/webview/pictures.mjs [--kept] FOLDER [PICTURE]');
await takePictures(folder, onlyKept, begins);
