import { z } from 'zod';
import { Annotation } from './annotation.js';
import { ProjectFile } from './project-schema.js';

/**
 * The JSON schemas that editors complete and check by; the committed files in `schemas/` are made from them.
 * Draft 7 is what VS Code's JSON support understands in full.
 */
const options = { io: 'input', target: 'draft-7' } as const;

/** Schema of `marginalia.json`. The two `allow…` keys are VS Code's own: no warnings where the file has comments. */
export function projectJsonSchema(): object {
  const title = 'Marginalia project';
  return { title, allowComments: true, allowTrailingCommas: true, ...z.toJSONSchema(ProjectFile, options) };
}

/** Schema of one line of a label file. */
export function annotationJsonSchema(): object {
  return { title: 'Marginalia annotation', ...z.toJSONSchema(Annotation, options) };
}
