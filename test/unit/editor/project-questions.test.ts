import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { corpusFiles } from '../../../src/corpus/files.js';
import { guessCorpus } from '../../../src/corpus/guess.js';
import { askForProject, type Ask, type Question } from '../../../src/editor/project-questions.js';
import { parseProject } from '../../../src/labels/project.js';
import { projectText, type ProjectChoice } from '../../../src/labels/project-text.js';
import { temporaryFolder } from '../labels/helpers.js';

/** What a person does at a question: labels of the choices taken, the guess, or a step back. */
type Answer = readonly string[] | 'guess' | 'back' | 'leave';

/** Answers in turn, and keeps what was asked. */
function scripted(...answers: Answer[]): { ask: Ask; asked: Question<unknown>[] } {
  const asked: Question<unknown>[] = [];
  const ask: Ask = (question) => {
    asked.push(question);
    const answer = answers.shift() ?? 'guess';
    if (answer === 'leave') return Promise.resolve(undefined);
    if (answer === 'back') return Promise.resolve(answer);
    const taken = question.choices.filter(({ label }, i) =>
      answer === 'guess' ? question.many || i === 0 : answer.includes(label),
    );
    return Promise.resolve(taken.map(({ value }) => value));
  };
  return { ask, asked };
}

const records = (make: (i: number) => unknown): string =>
  Array.from({ length: 3 }, (_, i) => `${JSON.stringify(make(i))}\n`).join('');

async function folderWith(files: Record<string, string>): Promise<string> {
  const folder = await temporaryFolder();
  for (const [file, content] of Object.entries(files)) {
    await mkdir(path.join(folder, path.dirname(file)), { recursive: true });
    await writeFile(path.join(folder, file), content);
  }
  return folder;
}

const mixed = {
  'README.md': 'about',
  'docs/a.md': 'prose',
  'data/one.jsonl': records((i) => ({ uid: `u${i}`, title: `Title ${i}`, body: `The body of ${i}, which is long.` })),
  'data/odd.jsonl': records((i) => ({ uid: `o${i}`, remark: `Another thing that was said, number ${i}.` })),
  'data/two.jsonl': records((i) => ({ uid: `t${i}`, title: `Title ${i}`, body: `The body of ${i}, which is long.` })),
};

/** The files of the corpus that a choice makes, each with the rule that reads it. */
async function corpusOf(folder: string, choice: ProjectChoice | undefined): Promise<readonly string[]> {
  const { project, problems } = parseProject(projectText(choice!));
  expect(problems).toEqual([]);
  return (await corpusFiles(folder, project!.corpus)).files;
}

describe('the questions before a project is written', () => {
  it('are files, the text and the id of each kind of record, and the labels; the guess is always first', async () => {
    const folder = await folderWith(mixed);
    const { ask, asked } = scripted();
    const choice = await askForProject(await guessCorpus(folder), ask);
    expect(asked.map(({ title, step, steps }) => [step, steps, title])).toEqual([
      [1, 6, 'Which texts are labelled?'],
      [2, 6, 'Which field of data/odd.jsonl holds the text?'],
      [3, 6, 'Which field of data/odd.jsonl names a record?'],
      [4, 6, 'Which field of data/*.jsonl holds the text?'],
      [5, 6, 'Which field of data/*.jsonl names a record?'],
      [6, 6, 'What is labelled?'],
    ]);
    expect(asked[0]?.placeholder).toContain('README.md');
    expect(asked[3]?.choices[0]).toMatchObject({
      label: 'body',
      description: 'text in all of them, 29 characters on average',
      detail: expect.stringContaining('“The body of 0, which is long.”') as unknown,
    });
    expect(choice?.corpus).toEqual([
      { include: 'data/odd.jsonl', text: 'remark', id: 'uid' },
      { include: 'docs/**/*.md' },
      { include: 'data/*.jsonl', text: 'body', id: 'uid' },
    ]);
    expect(choice?.template).toBe('ner');
  });

  it('take other answers than the guess', async () => {
    const folder = await folderWith(mixed);
    const { ask } = scripted(['data/*.jsonl'], ['title'], ['No field'], ['Sentiment']);
    const choice = await askForProject(await guessCorpus(folder), ask);
    expect(choice).toMatchObject({ corpus: [{ include: 'data/*.jsonl', text: 'title' }], template: 'sentiment' });
    // What was taken away is not read by the pattern of its folder either.
    expect(await corpusOf(folder, choice)).toEqual(['data/one.jsonl', 'data/two.jsonl']);
  });

  it('go back, and forget what the step back took away', async () => {
    const folder = await folderWith(mixed);
    const { ask, asked } = scripted(['data/*.jsonl'], ['title'], 'back', ['body'], 'guess', 'back', 'back', 'back', [
      'docs/**/*.md',
    ]);
    const choice = await askForProject(await guessCorpus(folder), ask);
    expect(asked.map(({ step }) => step)).toEqual([1, 2, 3, 2, 3, 4, 3, 2, 1, 2]);
    expect(choice?.corpus).toEqual([{ include: 'docs/**/*.md' }]);
  });

  it('make nothing when the person leaves at any of them', async () => {
    const guess = await guessCorpus(await folderWith(mixed));
    for (let step = 0; step < 6; step++) {
      const answers: Answer[] = Array.from({ length: step }, () => 'guess');
      expect(await askForProject(guess, scripted(...answers, 'leave').ask)).toBeUndefined();
    }
  });
});
