import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { escapeText, hoverText } from '../../../src/editor/hover-text.js';
import { marksOf } from '../../../src/editor/text-marks.js';
import { hoverCommands } from '../../../src/editor/text-target.js';
import type { Annotation } from '../../../src/labels/annotation.js';
import { addEntity, addRelation, type Draft } from '../../../src/labels/edits.js';
import { parseProject } from '../../../src/labels/project.js';
import type { Candidate, Suggestion } from '../../../src/protocol/engine.js';
import { documentOf, placeOf, project, projectText, queuedPassage } from './support.js';

const document = documentOf('Ada [works](http://evil.example) for <b>Acme</b>. Grace rests.');
const passage = { start: 0, end: document.map.length };

function draft(lines: readonly Annotation[], by = 'me'): Draft {
  return { source: document, project, lines, by, at: new Date(0), taken: () => false };
}

function labelled(by = 'me', quotes: readonly (readonly [string, string])[] = []): Annotation[] {
  const lines: Annotation[] = [];
  for (const [label, quote] of quotes)
    lines.push(...addEntity(draft(lines, by), label, [placeOf(document, quote)]).put);
  return lines;
}

interface Said {
  readonly own?: Annotation[];
  readonly others?: { by: string; lines: Annotation[] }[];
  readonly suggestions?: Suggestion[];
  readonly candidates?: Candidate[];
}

function hoverAt(
  quote: string,
  { own = [], others = [], suggestions = [], candidates = [] }: Said,
): string | undefined {
  const lines = { own, others };
  const passages = [{ ...queuedPassage(document, passage, suggestions), candidates }];
  const marks = marksOf(document, lines, passages, project, 'me');
  const translate = (message: string, ...args: string[]): string =>
    message.replace(/\{(\d)\}/g, (_, i: string) => args[Number(i)] ?? '');
  return hoverText({ marks, lines, project, annotator: 'me', translate }, placeOf(document, quote).start + 1);
}

/** The links of a Markdown text, as a person would read and run them. */
function linksOf(markdown = ''): { title: string; command: string; argument: unknown }[] {
  return [...markdown.matchAll(/\[([^\]]*)\]\(command:([^?]+)\?([^)]*)\)/g)].map(([, title, command, argument]) => ({
    title: title!.replace(/&#(\d+);/g, (_, code: string) => String.fromCodePoint(Number(code))),
    command: command!,
    argument: JSON.parse(decodeURIComponent(argument!)) as unknown,
  }));
}

describe('the hover', () => {
  it('says nothing where nothing is labelled or asked', () => {
    expect(hoverAt('rests', { own: labelled('me', [['Person', 'Ada']]) })).toBeUndefined();
  });

  it('names label and annotators, and offers to change and remove what is one’s own', () => {
    const own = labelled('me', [['Person', 'Ada']]);
    const others = [{ by: 'mei', lines: labelled('mei', [['Person', 'Ada']]) }];
    const text = hoverAt('Ada', { own, others });
    expect(text).toContain('**Person** — labelled by me, mei');
    expect(linksOf(text).map(({ title }) => title)).toEqual(['Change Label…', 'Remove', 'Open in Panel']);
    expect(linksOf(text)[1]).toMatchObject({
      command: 'marginalia.removeLabelAtCursor',
      argument: [{ doc: 'a.txt', at: 0, id: own[0]!.id }],
    });
    expect(linksOf(hoverAt('Ada', { others })).map(({ title }) => title)).toEqual(['Open in Panel']);
  });

  it('shows relations in both directions, with a way to the other end', () => {
    const own = labelled('me', [
      ['Person', 'Ada'],
      ['Organisation', 'Acme'],
      ['Person', 'Grace'],
    ]);
    const [ada, acme, grace] = own.map(({ id }) => id);
    own.push(
      ...addRelation(draft(own), 'worksFor', ada!, acme!).put,
      ...addRelation(draft(own), 'knows', ada!, grace!).put,
    );
    const head = hoverAt('Ada', { own });
    expect(head).toMatch(/- worksFor → \[Acme\]/);
    expect(head).toMatch(/- knows ↔ \[Grace\]/);
    const tail = hoverAt('Acme', { own });
    expect(tail).toMatch(/- \[Ada\]\(\S+\) → worksFor/);
    expect(linksOf(tail)[0]).toMatchObject({
      command: 'marginalia.revealEntity',
      argument: [{ doc: 'a.txt', at: 0, id: ada }],
    });
  });

  it('says once what several people say', () => {
    const others = ['mei', 'tomas'].map((by) => {
      const lines = labelled(by, [
        ['Person', 'Ada'],
        ['Organisation', 'Acme'],
      ]);
      lines.push(...addRelation(draft(lines, by), 'worksFor', lines[0]!.id, lines[1]!.id).put);
      return { by, lines };
    });
    const text = hoverAt('Ada', { others });
    expect(text).toMatch(/labelled by mei, tomas\n/);
    expect(text?.match(/- worksFor → /g)).toHaveLength(1);
    expect(text).toMatch(/- worksFor → \[Acme\]\(\S+\) \(mei, tomas\)/);
  });

  it('gives the probability of a suggestion, and lets it be accepted or rejected', () => {
    const suggestion: Suggestion = {
      kind: 'entity',
      label: 'Person',
      spans: [placeOf(document, 'Grace')],
      probability: 0.874,
    };
    const text = hoverAt('Grace', { suggestions: [suggestion] });
    expect(text).toContain('**Person?** — suggested, 87 %');
    expect(linksOf(text).map(({ command }) => command)).toEqual([
      'marginalia.acceptAtCursor',
      'marginalia.rejectAtCursor',
      'marginalia.openAtCursor',
    ]);
    const own = addEntity(draft([]), 'Person', suggestion.spans, { kind: 'suggestion', probability: 0.874 }).put;
    const accepted = hoverAt('Grace', { own: [...own], suggestions: [suggestion] });
    expect(accepted).toContain('labelled by me · a suggestion of 87 %');
    expect(accepted).not.toContain('**Person?**');
  });

  it('says why it is asked, and what else it might be', () => {
    const grace = placeOf(document, 'Grace');
    const candidate: Candidate = {
      kind: 'entity',
      doc: 'a.txt',
      spans: [grace],
      text: 'Grace',
      passage,
      distribution: { none: 0.38, Person: 0.4, Organisation: 0.18, Place: 0.04 },
      score: 0.98,
      strategy: 'margin',
    };
    const text = hoverAt('Grace', { candidates: [candidate] });
    expect(text).toMatch(/\*\*Person\?\*\* — in doubt, 40 % · nothing 38 % · Organisation 18 %\n/);
    expect(text).toContain('- nothing is labelled yet');
  });

  it('never lets text of the corpus be mark-up, a link or a command', () => {
    const evil = '[works](http://evil.example) for <b>Acme</b>';
    const own = labelled('me', [
      ['Person', 'Ada'],
      ['Organisation', evil],
    ]);
    own.push(...addRelation(draft(own), 'worksFor', own[0]!.id, own[1]!.id).put);
    const text = hoverAt('Ada', { own });
    expect(text).not.toMatch(/<|http:|evil\.example/);
    expect(linksOf(text).find(({ command }) => command === 'marginalia.revealEntity')?.title).toBe(evil);
    for (const { command } of linksOf(text)) expect(hoverCommands).toContain(command);
  });

  it('never lets the project’s words be mark-up', () => {
    const odd = parseProject(projectText.replace('"color":"#112233"', '"description":"*x* <img src=y> `z`"')).project!;
    const own = labelled('me', [['Person', 'Ada']]);
    const marks = marksOf(document, { own, others: [] }, [], odd, 'me');
    const context = { marks, lines: { own, others: [] }, project: odd, annotator: 'me', translate: (m: string) => m };
    expect(hoverText(context, 1)).not.toMatch(/\*x|<img|`z/);
  });
});

it('escapes everything that Markdown or HTML could take for its own', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme' }), (text) => {
      const escaped = escapeText(text);
      expect(escaped.replace(/&#\d+;/g, '')).not.toMatch(/[!-/:-@[-`{-~]/);
      const shown = escaped.replace(/&#(\d+);/g, (_, code: string) => String.fromCodePoint(Number(code)));
      expect(shown).toBe(text.replace(/\s+/g, ' '));
    }),
  );
});
