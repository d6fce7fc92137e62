import { ruleFor } from '../corpus/files.js';
import { literalGlob, type CorpusGuess, type CorpusSource, type FieldSummary } from '../corpus/guess.js';
import type { SourceRule } from '../corpus/types.js';
import { choiceOf } from '../labels/new-project.js';
import type { ProjectChoice } from '../labels/project-text.js';
import { TEMPLATES, templates, type TemplateId } from '../labels/templates.js';

/** What a person is asked before a project is written, and what their answers make of it. Knows no editor. */

export interface Choice<T> {
  readonly value: T;
  readonly label: string;
  readonly description?: string;
  readonly detail?: string;
}

export interface Question<T> {
  readonly title: string;
  readonly placeholder: string;
  /** The first is the guess. */
  readonly choices: readonly Choice<T>[];
  /** Whether any number may be chosen, all of them to begin with. */
  readonly many: boolean;
  /** One-based, for 'step 2 of 3'. */
  readonly step: number;
  readonly steps: number;
}

/** Asks; the answer is what was chosen, 'back' to the question before, or undefined where the person leaves. */
export type Ask = <T>(question: Question<T>) => Promise<readonly T[] | 'back' | undefined>;

/** Characters of an example that are shown. */
const EXAMPLE = 60;

/**
 * Asks which files are the corpus, which fields of their records hold text and id, and what is labelled.
 * @param guess what is there; at least one source
 * @param ask gives at least one answer
 * @returns undefined where the person leaves
 */
export async function askForProject(guess: CorpusGuess, ask: Ask): Promise<ProjectChoice | undefined> {
  let chosen = guess.sources;
  const fields = new Map<string, Fields>();
  let template: TemplateId | undefined;
  for (let at = 0; ;) {
    const shapes = shapesOf(chosen);
    const steps = [
      filesStep(guess, (sources) => (chosen = sources)),
      ...shapes.flatMap(([shape, sources]) => fieldSteps(shape, sources, fields)),
      templateStep((id) => (template = id)),
    ];
    const step = steps[at];
    if (step === undefined) break;
    const answer = await step(ask, at + 1, steps.length);
    if (answer === undefined) return undefined;
    at += answer === 'back' ? -1 : 1;
  }
  if (template === undefined) return undefined;
  const rules = chosen.map((source): SourceRule => {
    const { include } = source.rule;
    return source.sampled === 0 ? { include } : { include, ...(fields.get(shapeOf(source)) ?? source.rule) };
  });
  const { exclude, ...rest } = choiceOf(guess);
  // A single file that was taken away may still match the pattern of its folder.
  const away = guess.sources
    .filter((source) => !chosen.includes(source))
    .flatMap(({ files }) => files)
    .filter((file) => ruleFor(file, { rules, exclude: [], unit: 'paragraph' }) !== undefined);
  return { ...rest, corpus: rules, exclude: [...exclude, ...away.map(literalGlob)], template };
}

interface Fields {
  readonly text: string;
  readonly id?: string;
}

type Step = (ask: Ask, step: number, steps: number) => Promise<'next' | 'back' | undefined>;

function stepOf<T>(question: Omit<Question<T>, 'step' | 'steps'>, take: (answers: readonly T[]) => void): Step {
  return async (ask, step, steps) => {
    const answers = await ask({ ...question, step, steps });
    if (answers === undefined || answers === 'back') return answers;
    take(answers);
    return 'next';
  };
}

function filesStep(guess: CorpusGuess, take: (sources: readonly CorpusSource[]) => void): Step {
  const { sources } = guess;
  const out = [...guess.about, ...guess.withoutText];
  return stepOf(
    {
      title: 'Which texts are labelled?',
      placeholder: `Take away what is not to be labelled${out.length === 0 ? '' : ` (left out already: ${filesText(out)})`}`,
      many: true,
      choices: sources.map((source) => ({
        value: source,
        label: source.rule.include,
        description: count(source.files.length, 'file'),
        detail: filesText(source.files),
      })),
    },
    // In the order of the guess: the first rule that matches a file reads it.
    (answers) => take(sources.filter((source) => answers.includes(source))),
  );
}

/** Sources with the same fields are asked about once. */
function shapesOf(sources: readonly CorpusSource[]): [string, CorpusSource[]][] {
  const shapes = new Map<string, CorpusSource[]>();
  for (const source of sources) {
    if (source.sampled === 0) continue;
    const shape = shapeOf(source);
    shapes.set(shape, [...(shapes.get(shape) ?? []), source]);
  }
  return [...shapes];
}

function shapeOf({ kind, rule, fields }: CorpusSource): string {
  return JSON.stringify([kind, rule.text, rule.id, fields.map(({ name }) => name).sort()]);
}

function fieldSteps(shape: string, sources: readonly CorpusSource[], chosen: Map<string, Fields>): Step[] {
  const [source] = sources;
  if (source === undefined) return [];
  const where = sources.map(({ rule }) => rule.include).join(', ');
  const { text: guessed, id: guessedId } = source.rule;
  const texts = first(
    source.fields.filter(({ texts: some }) => some > 0),
    guessed,
  );
  const textStep = stepOf(
    {
      title: `Which field of ${where} holds the text?`,
      placeholder: `${count(source.sampled, 'record')} looked at`,
      many: false,
      choices: texts.map((field) => ({
        value: field.name,
        label: field.name,
        ...textFieldText(field, source.sampled),
      })),
    },
    ([text]) => {
      if (text !== undefined) chosen.set(shape, { text });
    },
  );
  const text = chosen.get(shape)?.text ?? guessed;
  const ids = first(
    source.fields.filter(({ name, identifies }) => identifies && name !== text),
    guessedId,
  );
  if (ids.length === 0) return [textStep];
  const named = ids.map((field): Choice<string | undefined> => ({
    value: field.name,
    label: field.name,
    description: 'different in every record',
    detail: examplesText(field),
  }));
  const unnamed: Choice<undefined> = {
    value: undefined,
    label: 'No field',
    description: 'a hash of its text names a record: an edited text is a new record',
  };
  const idStep = stepOf(
    {
      title: `Which field of ${where} names a record?`,
      placeholder: 'Labels refer to a record by it',
      many: false,
      choices: guessedId === undefined ? [unnamed, ...named] : [...named, unnamed],
    },
    ([id]) => {
      if (text !== undefined) chosen.set(shape, { text, ...(id !== undefined && { id }) });
    },
  );
  return [textStep, idStep];
}

function templateStep(take: (id: TemplateId | undefined) => void): Step {
  return stepOf(
    {
      title: 'What is labelled?',
      placeholder: 'Labels to begin with: marginalia.json changes them at any time',
      many: false,
      choices: TEMPLATES.map((id) => ({
        value: id,
        label: templates[id].title,
        description: templates[id].about,
        detail: labelsText(id),
      })),
    },
    ([id]) => take(id),
  );
}

/** The guess before the others. */
function first(fields: readonly FieldSummary[], guessed: string | undefined): FieldSummary[] {
  return [...fields].sort((a, b) => Number(b.name === guessed) - Number(a.name === guessed));
}

function textFieldText(field: FieldSummary, sampled: number): { description: string; detail: string } {
  const share = field.texts === sampled ? 'text in all of them' : `text in ${field.texts}`;
  return {
    description: `${share}, ${Math.round(field.meanLength)} characters on average`,
    detail: examplesText(field),
  };
}

function examplesText({ examples }: FieldSummary): string {
  return examples
    .map((example) => {
      const line = Array.from(example.replace(/\s+/g, ' ').trim());
      return `“${line.length <= EXAMPLE ? line.join('') : `${line.slice(0, EXAMPLE).join('')}…`}”`;
    })
    .join('  ');
}

function filesText(files: readonly string[]): string {
  const shown = files.slice(0, 3).join(', ');
  return files.length <= 3 ? shown : `${shown} and ${count(files.length - 3, 'other')}`;
}

function labelsText(id: TemplateId): string {
  const { entities, relations, classes } = templates[id];
  const values = Object.entries(classes).map(([label, { values: all }]) => `${label}: ${all.join(', ')}`);
  return [...Object.keys(entities), ...Object.keys(relations), ...values].join(' · ');
}

function count(n: number, what: string): string {
  return `${n.toLocaleString('en')} ${what}${n === 1 ? '' : 's'}`;
}
