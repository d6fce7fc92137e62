import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Session } from '../../src/engine/session.js';
import type { Problem } from '../../src/corpus/types.js';
import type { EngineSettings } from '../../src/protocol/engine.js';
import { repository } from './support.js';

const settings: EngineSettings = {
  strategy: 'margin',
  annotator: 'mei',
  model: 'marginalia-en-small',
  runtime: 'auto',
  seed: 0,
};

/** What changes while the engine runs. */
describe('a running session', () => {
  let folder: string;
  let session: Session;
  let problems: readonly Problem[] = [];
  /** Called when the heads begin to be fitted. */
  let onTraining = (): void => undefined;
  beforeEach(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'marginalia-session-'));
    await mkdir(path.join(folder, 'text'));
    await writeFile(
      path.join(folder, 'marginalia.json'),
      '{ "corpus": ["text/*.txt"], "entities": { "Person": {} } }\n',
    );
    session = new Session({
      folder,
      storage: path.join(folder, '.cache'),
      models: path.join(repository, 'media/models'),
      settings,
      emit: (name, params) => {
        if (name === 'problems' && 'problems' in params) problems = params.problems;
        if (name === 'progress' && 'stage' in params && params.stage === 'train' && params.done === 0) onTraining();
      },
    });
    session.start();
    await session.whenIdle();
  });
  afterEach(async () => {
    await session.dispose();
    await rm(folder, { recursive: true, force: true, maxRetries: 5 });
  });

  const told = (): string[] => problems.map(({ file, line, code }) => `${file}:${line} ${code}`);
  const change = async (file: string, content: string | Uint8Array): Promise<void> => {
    await writeFile(path.join(folder, file), content);
    session.filesChanged([file]);
    await session.whenIdle();
  };

  it('reports an empty corpus, until there is a file; a file that is no text, until it is', async () => {
    expect(told()).toEqual(['marginalia.json:1 no-match', 'marginalia.json:1 corpus-empty']);
    expect(await session.passages({ exclude: [], offset: 0, limit: 1 })).toMatchObject({ items: [] });
    await change('text/a.txt', 'Ada Lovelace wrote the first program.\n');
    expect(told()).toEqual([]);
    expect((await session.passages({ exclude: [], offset: 0, limit: 9 })).items).toHaveLength(1);
    await change('text/b.txt', Uint8Array.of(0x89, 0x50, 0, 0));
    expect(told()).toEqual(['text/b.txt:1 binary-file']);
    await change('text/b.txt', 'Charles Babbage drew the engine.\n');
    expect(told()).toEqual([]);
    expect((await session.passages({ exclude: [], offset: 0, limit: 9 })).items).toHaveLength(2);
    await rm(path.join(folder, 'text/a.txt'));
    session.filesChanged(['text/a.txt']);
    await session.whenIdle();
    expect((await session.passages({ exclude: [], offset: 0, limit: 9 })).items).toHaveLength(1);
  });

  it('keeps the last good project while its file is broken', async () => {
    await change('text/a.txt', 'Ada Lovelace wrote the first program.\n');
    await writeFile(path.join(folder, 'marginalia.json'), '{ "corpus": [');
    session.projectChanged();
    await session.whenIdle();
    expect(told()).toEqual([expect.stringMatching(/^marginalia\.json:1 project-invalid$/)]);
    expect((await session.passages({ exclude: [], offset: 0, limit: 9 })).items).toHaveLength(1);
  });

  it('still ranks when the settings change while the heads are being fitted', async () => {
    let configured = false;
    onTraining = () => {
      if (configured) return;
      configured = true;
      session.configure({ ...settings, strategy: 'random' });
    };
    await change('text/a.txt', 'Ada Lovelace wrote the first program.\n');
    expect(configured).toBe(true);
    const { items } = await session.passages({ exclude: [], offset: 0, limit: 9 });
    expect(items).toMatchObject([{ strategy: 'random' }]);
  });
});
