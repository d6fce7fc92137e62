import { z } from 'zod';
import { Annotation } from './annotation.js';
import { ProjectFile } from './project-schema.js';

/** The JSON schemas that editors complete and check by; the committed files in `schemas/` are made from them. */

/** Schema of `marginalia.json`. */
export function projectJsonSchema(): object {
  return { title: 'Marginalia project', ...z.toJSONSchema(ProjectFile, { io: 'input' }) };
}

/** Schema of one line of a label file. */
export function annotationJsonSchema(): object {
  return { title: 'Marginalia annotation', ...z.toJSONSchema(Annotation, { io: 'input' }) };
}
