import { describe, expect, it } from 'vitest';
import manifest from '../../../package.json' with { type: 'json' };
import words from '../../../package.nls.json' with { type: 'json' };
import { matterOf, noProjectNotice, noticeOf, type Matter, type Situation } from '../../../src/editor/notices.js';
import { hostCommands } from '../../../src/protocol/panel.js';

const fine: Situation = {
  project: true,
  problems: [],
  engine: 'ready',
  exhausted: false,
  passages: 9,
  filter: undefined,
};
const problem = { file: 'marginalia.json', line: 3, code: 'project-invalid', message: 'This is not JSON.' } as const;

const situations: readonly (readonly [Matter, Partial<Situation>])[] = [
  ['reading', { project: false }],
  ['reading', { project: false, problems: [{ ...problem, severity: 'warning' }] }],
  ['broken', { project: false, problems: [{ ...problem, severity: 'error' }] }],
  ['failed', { engine: 'failed', exhausted: true, passages: 0 }],
  ['noCorpus', { exhausted: true, passages: 0 }],
  ['noCorpus', { exhausted: true, passages: 0, filter: 'ferry' }],
  ['noMatch', { exhausted: true, filter: 'ferry' }],
  ['done', { exhausted: true }],
  ['starting', { engine: 'working' }],
  ['restarting', { engine: 'restarting' }],
];

it.each(situations)('the matter is %s with %o', (matter, situation) => {
  expect(matterOf({ ...fine, ...situation })).toBe(matter);
});

describe('every empty state of the panel', () => {
  it('says what to do next with a button, unless it passes by itself', () => {
    const passing = ['reading', 'starting', 'restarting'];
    for (const [matter, situation] of situations) {
      const { message, actions } = noticeOf({ ...fine, ...situation });
      expect(message).not.toBe('');
      expect(actions.length > 0, matter).toBe(!passing.includes(matter));
    }
    expect(noProjectNotice(false).actions.map(({ command }) => command)).toEqual(['openFolder', 'openSample']);
    expect(noProjectNotice(true).actions.map(({ command }) => command)).toEqual(['init', 'openSample']);
  });

  it('quotes what is wrong and what the queue is narrowed to', () => {
    const broken = { ...fine, project: false, problems: [{ ...problem, severity: 'error' as const }] };
    expect(noticeOf(broken).message).toContain('marginalia.json, line 3: This is not JSON.');
    expect(noticeOf({ ...fine, exhausted: true, filter: 'ferry' }).message).toContain('“ferry”');
  });

  it('leads to commands that there are', () => {
    const ours = manifest.contributes.commands.map(({ command }) => command);
    for (const command of Object.values(hostCommands).filter((id) => id.startsWith('marginalia.')))
      expect(ours).toContain(command);
  });
});

describe('every empty state of the queue', () => {
  const texts: Readonly<Record<string, string>> = words;
  const welcomes = manifest.contributes.viewsWelcome.map(({ contents, when }) => ({
    text: texts[contents.slice(1, -1)],
    when,
  }));
  const ours = manifest.contributes.commands.map(({ command }) => command);

  it.each(['broken', 'noCorpus', 'failed', 'done', 'noMatch', 'noLabels'])(
    '%s has a text with a button that leads to a command',
    (matter) => {
      const [welcome] = welcomes.filter(({ when }) => when.includes(`marginalia.engine == '${matter}'`));
      const links = [...(welcome?.text ?? '').matchAll(/\]\(command:([\w.]+)\)/g)].map(([, command]) => command!);
      expect(links.length).toBeGreaterThan(0);
      for (const command of links.filter((id) => id.startsWith('marginalia.'))) expect(ours).toContain(command);
    },
  );

  it('without a folder or a project, too', () => {
    const text = (condition: string): string | undefined => welcomes.find(({ when }) => when === condition)?.text;
    expect(text('workspaceFolderCount == 0')).toContain('](command:vscode.openFolder)');
    expect(text('workspaceFolderCount > 0 && !marginalia.hasProject')).toContain('](command:marginalia.init)');
  });
});
