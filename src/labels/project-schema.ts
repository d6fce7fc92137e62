import { z } from 'zod';

/** The form of `marginalia.json` (design, section 2): the type, the check and the JSON schema in one. */

const label = z
  .string()
  .min(1, 'a label needs a name')
  .regex(/^[^\p{Cc}\p{Cs}]*$/u, 'a label cannot hold control characters');

const key = z
  .string()
  .regex(/^[^\s\p{Cc}]$/u, 'a key is one character, such as "p"')
  .describe('The key that applies this label in the panel: one character.');

const color = z
  .string()
  .regex(/^#(?:[0-9a-fA-F]{3}|[0-9a-fA-F]{6})$/, 'a colour is written "#rgb" or "#rrggbb"')
  .describe('Colour of this label: "#rrggbb". Left out, it is taken from a colour-blind safe palette.');

const description = z.string().describe('What the label means, for the people who use it. Shown beside its name.');

const EntityDefinition = z.strictObject({
  key: key.optional(),
  color: color.optional(),
  description: description.optional(),
});

const RelationDefinition = z.strictObject({
  key: key.optional(),
  head: z.array(label).min(1, 'needs at least one entity label').describe('Entity labels that may be its head.'),
  tail: z.array(label).min(1, 'needs at least one entity label').describe('Entity labels that may be its tail.'),
  symmetric: z.boolean().optional().describe('True where head and tail mean the same, as in "marriedTo".'),
  description: description.optional(),
});

const ClassDefinition = z.strictObject({
  values: z.array(label).min(1, 'needs at least one value').describe('What a passage may be labelled with.'),
  multiple: z.boolean().optional().describe('True where a passage may have several of the values at once.'),
  description: description.optional(),
});

const SourceDefinition = z.strictObject({
  include: z.string().min(1).describe('Glob of files, relative to this folder: "data/*.jsonl".'),
  text: z
    .string()
    .min(1)
    .optional()
    .describe('Field (JSONL; dots reach into objects) or column (CSV, TSV) that holds the text.'),
  id: z
    .string()
    .min(1)
    .optional()
    .describe('Field or column that names a record. Left out, a record is named by a hash of its text.'),
});

export const ProjectFile = z
  .strictObject({
    $schema: z.string().optional(),
    corpus: z
      .array(
        z.union([z.string().min(1), SourceDefinition], {
          error: 'expected a glob, or an object such as { "include": "data/*.jsonl", "text": "body" }',
        }),
      )
      .optional()
      .describe('Files to label: globs of text and markdown files, and of JSONL, CSV and TSV files with their fields.'),
    exclude: z.array(z.string().min(1)).optional().describe('Globs of files to leave out of the corpus.'),
    unit: z
      .enum(['sentence', 'paragraph', 'document'])
      .optional()
      .describe('What is shown and reviewed at a time. By default "paragraph".'),
    entities: z
      .record(label, EntityDefinition)
      .optional()
      .describe('Entity types: labels on stretches of text, by name.'),
    relations: z
      .record(label, RelationDefinition)
      .optional()
      .describe('Relations from a head entity to a tail entity, by name.'),
    classes: z.record(label, ClassDefinition).optional().describe('Classes of whole passages, by name.'),
    labels: z
      .string()
      .min(1)
      .optional()
      .describe('Folder of the label files, one file per annotator. By default "labels".'),
    guidelines: z
      .string()
      .min(1)
      .optional()
      .describe('The annotation guidelines: a Markdown file that the panel shows beside the passage.'),
  })
  .describe('A Marginalia project: what to label, and with which labels.');
export type ProjectFile = z.infer<typeof ProjectFile>;
