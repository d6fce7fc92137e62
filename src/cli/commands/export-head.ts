import { copyFile, mkdir, writeFile } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { readModelFolder } from '../../embedding/model-folder.js';
import type { Heads } from '../../engine/heads.js';
import { exportClassHead } from '../../learning/export/class-head.js';
import { exportEntityHead } from '../../learning/export/entity-head.js';
import type { ExportedHead, HeadOrigin } from '../../learning/export/graph.js';
import { exportRelationHead } from '../../learning/export/relation-head.js';
import { flag, integer, oneOf, parseArguments, text, UsageError } from '../arguments.js';
import { log, print, printJson } from '../output.js';
import { commandModel, modelsFolder } from '../models.js';
import { rankedSession, workspaceFolder } from '../session.js';

const KINDS = ['class', 'entity', 'relation'] as const;
type Kind = (typeof KINDS)[number];

/** A head to write, or why there is none. */
interface Exportable {
  readonly kind: Kind;
  /** File name without an ending. */
  readonly name: string;
  readonly what: string;
  readonly taught: boolean;
  readonly make: () => ExportedHead<object>;
}

/** `marginalia export-head`: the trained heads as ONNX and JSON, with programs that use them. */
export async function exportHead(args: readonly string[]): Promise<number> {
  const options = parseArguments(args, {
    workspace: { type: 'string' },
    json: { type: 'boolean' },
    output: { type: 'string' },
    kind: { type: 'string' },
    class: { type: 'string' },
    seed: { type: 'string' },
    annotator: { type: 'string' },
    model: { type: 'string' },
  });
  const output = text(options, 'output');
  if (output === undefined) throw new UsageError('export-head needs --output FOLDER.');
  const label = text(options, 'class');
  const kind = oneOf(options, 'kind', KINDS) ?? (label === undefined ? undefined : 'class');
  if (label !== undefined && kind !== 'class') throw new UsageError(`--class ${label} is not of kind ${kind}.`);
  const annotator = text(options, 'annotator');
  const { model, folder: modelFolder } = commandModel(text(options, 'model'));
  const folder = resolve(output);
  const session = await rankedSession(workspaceFolder(text(options, 'workspace')), {
    seed: integer(options, 'seed', 0),
    ...(annotator !== undefined && { annotator }),
    model,
  });
  try {
    const { trained } = session;
    if (trained === undefined) throw new UsageError('There is no head yet: the corpus has no passage to learn from.');
    const { recipe, weights, dtype } = await readModelFolder(modelFolder);
    const { name, hash, dimensions, maxPieces } = trained.model;
    const origin: HeadOrigin = {
      model: { name, hash, dimensions, maxPieces, weights, dtype, ...recipe },
      state: trained.heads.state,
    };
    const all = exportables(trained.heads, origin);
    const chosen = all.filter((head) => (kind ?? head.kind) === head.kind && (label ?? head.what) === head.what);
    if (chosen.length === 0) throw new UsageError(nothing(all, kind, label));
    const written = await writeHeads(folder, chosen);
    if (written.length === 0) return 1;
    if (flag(options, 'json')) printJson({ folder, written });
    else for (const file of written) print(join(folder, file));
  } finally {
    await session.dispose();
  }
  return 0;
}

/** Every head that the project has. */
function exportables({ classes, entities, relations, spaces }: Heads, origin: HeadOrigin): Exportable[] {
  const taken = new Set<string>();
  return [
    ...classes.map(({ type: { label }, head }): Exportable => {
      const stem = `class-${label.replace(/[^\p{L}\p{N}._-]+/gu, '_')}`;
      let name = stem;
      // Two labels may differ in what file names cannot have, or in case alone.
      for (let i = 2; taken.has(name.toLowerCase()); i++) name = `${stem}-${i}`;
      taken.add(name.toLowerCase());
      return {
        kind: 'class',
        name,
        what: label,
        taught: head.examples > 0,
        make: () => exportClassHead(label, head, spaces.classes, origin),
      };
    }),
    ...(entities.head.labels.length === 0
      ? []
      : [
          {
            kind: 'entity',
            name: 'entities',
            what: 'entities',
            taught: (entities.head.model?.labelled ?? 0) > 0,
            make: () => exportEntityHead(entities.head, origin),
          } as const,
        ]),
    ...(relations.head.signatures.length === 0
      ? []
      : [
          {
            kind: 'relation',
            name: 'relations',
            what: 'relations',
            taught: relations.head.model !== undefined,
            make: () => exportRelationHead(relations.head, origin),
          } as const,
        ]),
  ];
}

function nothing(all: readonly Exportable[], kind: Kind | undefined, label: string | undefined): string {
  if (label === undefined)
    return `The project has nothing to learn${kind === undefined ? '' : ` of kind ${kind}`}: see marginalia.json.`;
  const classes = all.filter((head) => head.kind === 'class').map(({ what }) => what);
  return `There is no class '${label}'; the project has ${classes.join(', ') || 'none'}.`;
}

/** Writes the heads that have learned something, and the programs that use them; gives the files' names. */
async function writeHeads(folder: string, heads: readonly Exportable[]): Promise<string[]> {
  const written: string[] = [];
  const kinds = new Set<Kind>();
  await mkdir(folder, { recursive: true });
  for (const { kind, name, what, taught, make } of heads) {
    if (!taught) {
      log(`Nobody has labelled '${what}' yet: its head is not exported.`);
      continue;
    }
    const { onnx, description } = make();
    await writeFile(join(folder, `${name}.onnx`), onnx);
    await writeFile(join(folder, `${name}.json`), `${JSON.stringify(description, null, 2)}\n`);
    written.push(`${name}.onnx`, `${name}.json`);
    kinds.add(kind);
  }
  if (written.length === 0) return written;
  const programs = resolve(modelsFolder(), '..', 'export');
  const examples = KINDS.filter((kind) => kinds.has(kind)).flatMap((kind) =>
    ['mjs', 'py'].map((ending) => `example-${EXAMPLES[kind]}.${ending}`),
  );
  const copies = [
    { from: join(dirname(fileURLToPath(import.meta.url)), 'head.mjs'), to: 'head.mjs' },
    ...['head.py', ...examples].map((file) => ({ from: join(programs, file), to: file })),
  ];
  for (const { from, to } of copies) {
    await copyFile(from, join(folder, to));
    written.push(to);
  }
  return written;
}

const EXAMPLES: Readonly<Record<Kind, string>> = { class: 'class', entity: 'entities', relation: 'relations' };
