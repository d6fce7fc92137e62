import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parse } from 'jsonc-parser';
import picomatch from 'picomatch';
import { describe, expect, it } from 'vitest';
import { palette } from '../../../src/labels/palette.js';
import { editProject, labelNames, parseProject, readProject } from '../../../src/labels/project.js';
import { allows } from '../../../src/labels/signature.js';
import { temporaryFolder } from './helpers.js';

const example = `// What we label.
{
  "corpus": ["docs/**/*.md", { "include": "data/*.jsonl", "text": "body", "id": "uid" }, { "include": "data/*.csv", "text": "text" }],
  "exclude": ["**/drafts/**"],
  "unit": "sentence",                       // sentence | paragraph | document
  "entities": { "Person": { "key": "p", "color": "#3b82f6", "description": "A named human being" }, "Organisation": {} },
  "relations": { "worksFor": { "head": ["Person"], "tail": ["Organisation"], "symmetric": false } },
  "classes": { "tone": { "values": ["neutral", "critical"], "multiple": false }, },
  "labels": "./labels/",
  "guidelines": "GUIDELINES.md"
}
`;

/** Problems as `line code message`. */
function problems(text: string): string[] {
  return parseProject(text).problems.map(
    ({ line, severity, code, message }) => `${line} ${severity} ${code}: ${message}`,
  );
}

/** A project with one corpus file and entity, on lines of their own, and more. */
function withMore(more: string): string {
  return `{\n"corpus": ["a.md"],\n"entities": { "Person": {}, "Place": {} },\n${more}\n}`;
}

describe('a project file', () => {
  it('is read with comments and trailing commas, in its order, with its defaults', () => {
    expect(parseProject(example)).toEqual({
      problems: [],
      project: {
        corpus: {
          rules: [
            { include: 'docs/**/*.md' },
            { include: 'data/*.jsonl', text: 'body', id: 'uid' },
            { include: 'data/*.csv', text: 'text' },
          ],
          exclude: ['**/drafts/**', 'labels/**'],
          synthetic: 'labels/synthetic',
          unit: 'sentence',
        },
        entities: [
          { label: 'Person', key: 'p', color: '#3b82f6', description: 'A named human being' },
          { label: 'Organisation', key: 'o', color: palette[0] },
        ],
        relations: [{ label: 'worksFor', key: 'w', head: ['Person'], tail: ['Organisation'], symmetric: false }],
        classes: [
          {
            label: 'tone',
            values: [
              { value: 'neutral', key: '1' },
              { value: 'critical', key: '2' },
            ],
            multiple: false,
          },
        ],
        labels: 'labels',
        guidelines: 'GUIDELINES.md',
      },
    });
  });

  it('needs little', () => {
    const { project } = parseProject('\uFEFF{"corpus":["a.md"],"entities":{"X":{}}}');
    expect(project).toMatchObject({ corpus: { unit: 'paragraph', exclude: ['labels/**'] }, labels: 'labels' });
    expect(project).not.toHaveProperty('guidelines');
  });

  it('keeps the order of labels that look like numbers', () => {
    const { project } = parseProject(
      '{"corpus":["a.md"],"entities":{"b":{},"10":{},"2":{}},"classes":{"1":{"values":["z"]}}}',
    );
    expect(project!.entities.map(({ label }) => label)).toEqual(['b', '10', '2']);
    expect(labelNames(project!)).toEqual(['b', '10', '2', '1']);
  });

  it('may have labels named as properties of every object', () => {
    const { project } = parseProject('{"corpus":["a.md"],"entities":{"constructor":{},"toString":{"key":"t"}}}');
    expect(project!.entities).toMatchObject([
      { label: 'constructor', key: 'c' },
      { label: 'toString', key: 't' },
    ]);
  });

  it('keeps label files out of the corpus, however their folder is named', () => {
    const { project } = parseProject('{"corpus":["**/*.jsonl"],"entities":{"X":{}},"labels":"my [labels] (new)"}');
    const isExcluded = picomatch([...project!.corpus.exclude]);
    expect(isExcluded('my [labels] (new)/mei.jsonl')).toBe(true);
    expect(isExcluded('my [labels] (new)/proposals/x.jsonl')).toBe(true);
    expect(isExcluded('my labels/mei.jsonl')).toBe(false);
  });
});

describe('keys and colours', () => {
  const labels = (text: string) => parseProject(`{"corpus":["a.md"],"entities":{${text}}}`).project!.entities;

  it('are different, and stay when a label is added after', () => {
    const names = ['Person', 'Place', 'Product', 'Über', '人物', 'Person of note', 'Péage', 'p', 'q', 'pp'];
    const before = labels(names.map((name) => `${JSON.stringify(name)}:{}`).join());
    const after = labels([...names, 'Last'].map((name) => `${JSON.stringify(name)}:{}`).join());
    expect(after.slice(0, names.length)).toEqual(before);
    expect(new Set(after.map(({ key }) => key)).size).toBe(after.length);
    expect(new Set(after.map(({ color }) => color)).size).toBe(after.length);
    for (const { key } of after) expect('arsfuxynjke').not.toContain(key);
  });

  it('leave those alone that were chosen', () => {
    const chosen = palette[0]!.toUpperCase();
    expect(labels(`"A":{},"B":{"color":"${chosen}","key":"m"},"Mm":{}`)).toMatchObject([
      { color: palette[1], key: 'b' },
      { color: chosen, key: 'm' },
      { color: palette[2], key: 'c' },
    ]);
  });

  it('run out: colours repeat, keys end', () => {
    const many = labels(Array.from({ length: 40 }, (_, n) => `"${n}":{}`).join());
    // The panel has fifteen letters for itself.
    expect(many.filter(({ key }) => key !== undefined)).toHaveLength(26 - 15);
    expect(many.every(({ color }) => palette.includes(color))).toBe(true);
  });
});

describe('a signature', () => {
  const project = parseProject(
    withMore(`"relations": {
      "bornIn": { "head": ["Person"], "tail": ["Place"] },
      "near": { "head": ["Person"], "tail": ["Place"], "symmetric": true } }`),
  ).project!;

  it('has a direction, unless it is symmetric', () => {
    const [bornIn, near] = project.relations;
    expect([allows(bornIn!, 'Person', 'Place'), allows(bornIn!, 'Place', 'Person')]).toEqual([true, false]);
    expect([allows(near!, 'Person', 'Place'), allows(near!, 'Place', 'Person')]).toEqual([true, true]);
    expect(allows(near!, 'Person', 'Person')).toBe(false);
  });
});

describe('what is wrong is told with its line', () => {
  it.each([
    ['', ['1 error project-invalid: The file is empty']],
    ['{\n"corpus": [\n}', ['3 error project-invalid: This is not JSON: ']],
    ['[]', ['1 error project-invalid: expected object, received array']],
    [withMore('"unit": "word"'), ['4 error project-invalid: unit: expected one of "sentence"|"paragraph"|"document"']],
    [withMore('"exclude": "a"'), ['4 error project-invalid: exclude: expected array, received string']],
    [withMore('"exclude": [\n"a",\n7\n]'), ['6 error project-invalid: exclude[1]: expected string, received number']],
    [withMore('"exclude": [],\n"exclude": []'), ['5 error project-invalid: "exclude" is defined twice here.']],
    ['{\n"corpus": [\n"a",\n7]}', ['4 error project-invalid: corpus[1]: expected a glob, or an object such as']],
    ['{"corpus": [\n{ "text": "a" }]}', ['2 error project-invalid: corpus[0].include: expected string']],
    [
      '{"corpus": ["a"], "entities": {\n"X": {\n"color":\n"red" }}}',
      ['4 error project-invalid: entities.X.color: a colour is'],
    ],
    [
      '{"corpus": ["a"], "entities": {\n"X": { "key": "pp" }}}',
      ['2 error project-invalid: entities.X.key: a key is one char'],
    ],
    [
      '{"corpus": ["a"], "entities": {\n"X": {"key": "m"},\n"Y": {"key": "m"}}}',
      ['3 error project-invalid: entities.Y.key: "m" is already the key of X'],
    ],
    ['{"corpus": ["a"], "entities": {\n"X": {},\n"X": {}}}', ['3 error project-invalid: "X" is defined twice here.']],
    ['{"corpus": ["a"], "entities": {\n"": {}}}', ['2 error project-invalid: entities.: a label needs a name']],
    [
      '{"corpus": ["a"], "entities": {\n"a\\nb": {}}}',
      ['2 error project-invalid: entities.a\nb: a label cannot hold control'],
    ],
    [
      '{"corpus": ["a"], "entities": {\n"none": {}}}',
      ['2 error project-invalid: entities.none: "none" cannot be a label.'],
    ],
    ['{"corpus": ["a"], "entities": {\n"__proto__": {}}}', ['2 error project-invalid: "__proto__" cannot be a name.']],
    [
      withMore('"relations": { "r":\n{ "head": ["Person"],\n"tail": ["Person", "Pet"] } }'),
      ['6 error project-invalid: relations.r.tail[1]: "Pet" is not one of the entities.'],
    ],
    [
      withMore('"relations": { "r":\n{ "head": ["Person"] } }'),
      ['5 error project-invalid: relations.r.tail: expected array, received undefined'],
    ],
    [
      withMore('"relations": { "r":\n{ "head": [], "tail": ["Place"] } }'),
      ['5 error project-invalid: relations.r.head: needs at least one'],
    ],
    [
      withMore('"relations": {\n"Person":\n{ "head": ["Person"], "tail": ["Place"] } }'),
      ['5 error project-invalid: relations.Person: "Person" is already the name of one of the entities.'],
    ],
    [
      withMore('"classes": {\n"c": { "values": [] } }'),
      ['5 error project-invalid: classes.c.values: needs at least one value'],
    ],
    [
      withMore('"classes": {\n"c": { "values": ["v",\n"v"] } }'),
      ['6 error project-invalid: classes.c.values[1]: the value "v" is there twice.'],
    ],
    [withMore('"labels": "../labels"'), ['4 error project-invalid: labels: "../labels" must stay inside this folder.']],
    [withMore('"labels": "."'), ['4 error project-invalid: labels: label files need a folder of their own']],
    [withMore('"labels": "/labels"'), ['4 error project-invalid: labels: "/labels" must be relative to this folder.']],
    [
      withMore('"guidelines": "C:/x.md"'),
      ['4 error project-invalid: guidelines: "C:/x.md" must be relative to this folder.'],
    ],
    [
      '{"corpus": ["a/../../b"],\n"entities": { "X": {} }}',
      ['1 error project-invalid: corpus[0]: "a/../../b" must stay inside'],
    ],
    [
      '{"corpus": ["docs\\\\a.md"],\n"entities": { "X": {} }}',
      ['1 error project-invalid: corpus[0]: "docs\\a.md" must be written with /'],
    ],
    ['{\n"entities": { "X": {} }}', ['1 warning project-no-corpus: corpus: no files to label']],
    ['{\n"corpus": [],\n"entities": { "X": {} }}', ['2 warning project-no-corpus: corpus: no files to label']],
    ['{\n"corpus": ["a"],\n"entities": {}}', ['3 warning project-no-labels: entities: no labels yet']],
    [withMore('"colour": "#fff"'), ['4 warning project-unknown-key: "colour" is not known here and does nothing.']],
    [
      '{"corpus": [\n{ "include": "a",\n"txt": "b" }], "entities": { "X": {} }}',
      ['3 warning project-unknown-key: corpus[0]: "txt" is not known'],
    ],
    [
      '{"corpus": ["a"],\n"entities": { "X": { "key":\n"a" }}}',
      ['3 warning key-reserved: entities.X.key: "a" is a key of the panel itself'],
    ],
  ])('%j', (text, expected) => {
    const found = problems(text);
    expect(found.map((problem, i) => problem.slice(0, expected[i]?.length))).toEqual(expected);
    const isBroken = found.some((problem) => problem.includes(' error '));
    expect(parseProject(text).project === undefined).toBe(isBroken);
  });

  it('all at once, in the order of the file', () => {
    const { problems: found } = parseProject(withMore('"unit": 1,\n"x": 2,\n"labels": 3'));
    expect(found.map(({ line, severity }) => [line, severity])).toEqual([
      [4, 'error'],
      [5, 'warning'],
      [6, 'error'],
    ]);
  });

  it('and where unknown keys are left aside, the rest is read', () => {
    const { project } = parseProject(withMore('"x": 1, "classes": { "c": { "values": ["v"], "y": {} } }'));
    expect(project!.classes).toMatchObject([{ label: 'c', values: [{ value: 'v' }] }]);
  });
});

describe('reading from a folder', () => {
  it('tells how to make a project where there is none', async () => {
    const { project, problems: found } = await readProject(await temporaryFolder());
    expect(project).toBeUndefined();
    expect(found).toMatchObject([{ file: 'marginalia.json', line: 1, severity: 'error', code: 'project-missing' }]);
    expect(found[0]!.message).toContain("'Marginalia: Create Project'");
    expect(found[0]!.message).toContain("'marginalia init'");
  });

  it('reads the file', async () => {
    const folder = await temporaryFolder();
    await writeFile(join(folder, 'marginalia.json'), example);
    expect(await readProject(folder)).toEqual(parseProject(example));
  });
});

describe('an edit', () => {
  it('keeps comments and layout', () => {
    const edited = editProject(example, ['entities', 'Place'], { key: 'l' });
    expect(parseProject(edited).project!.entities.map(({ label }) => label)).toEqual([
      'Person',
      'Organisation',
      'Place',
    ]);
    expect(edited).toContain('// What we label.');
    expect(edited).toContain('// sentence | paragraph | document');
    const again = editProject(edited, ['unit'], 'document');
    expect(again).toBe(edited.replace('"sentence", ', '"document", '));
    expect(parse(editProject(again, ['entities', 'Place'], undefined))).toEqual(
      parse(example.replace('"sentence"', '"document"')),
    );
  });

  it('writes as the file is written: tabs, CRLF, a byte-order mark', () => {
    const edited = editProject('\uFEFF{\r\n\t"corpus": []\r\n}\r\n', ['unit'], 'document');
    expect(edited).toBe('\uFEFF{\r\n\t"corpus": [],\r\n\t"unit": "document"\r\n}\r\n');
  });
});
