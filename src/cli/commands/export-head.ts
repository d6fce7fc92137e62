import { mkdir, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { exportClassHead } from '../../learning/export/class-head.js';
import { JAVASCRIPT_EXAMPLE, PYTHON_EXAMPLE } from '../../learning/export/examples.js';
import { flag, integer, parseArguments, text, UsageError } from '../arguments.js';
import { log, print, printJson } from '../output.js';
import { commandModel } from '../models.js';
import { rankedSession, workspaceFolder } from '../session.js';

/** `marginalia export-head`: the heads of classes as ONNX and JSON, with examples that use them. */
export async function exportHead(args: readonly string[]): Promise<number> {
  const options = parseArguments(args, {
    workspace: { type: 'string' },
    json: { type: 'boolean' },
    output: { type: 'string' },
    class: { type: 'string' },
    seed: { type: 'string' },
    annotator: { type: 'string' },
    model: { type: 'string' },
  });
  const output = text(options, 'output');
  if (output === undefined) throw new UsageError('export-head needs --output FOLDER.');
  const wanted = text(options, 'class');
  const annotator = text(options, 'annotator');
  const { model } = commandModel(text(options, 'model'));
  const folder = resolve(output);
  const session = await rankedSession(workspaceFolder(text(options, 'workspace')), {
    seed: integer(options, 'seed', 0),
    ...(annotator !== undefined && { annotator }),
    model,
  });
  try {
    const { trained, project } = session;
    if (trained === undefined) throw new UsageError('There is no head yet: the corpus has no passage to learn from.');
    const { heads, model: info } = trained;
    const names = heads.classes.map(({ type }) => type.label);
    const chosen = heads.classes.filter(({ type }) => wanted === undefined || type.label === wanted);
    if (wanted !== undefined && chosen.length === 0)
      throw new UsageError(`There is no class '${wanted}'; the project has ${names.join(', ') || 'none'}.`);
    if (chosen.length === 0)
      throw new UsageError('The project has no class: only heads of classes can be exported so far.');
    if (wanted === undefined && (project?.entities.length ?? 0) > 0)
      log('Heads of entities and relations are not exported: only those of classes can be so far.');
    const written: string[] = [];
    const write = async (name: string, content: string | Uint8Array): Promise<void> => {
      await writeFile(join(folder, name), content);
      written.push(name);
    };
    await mkdir(folder, { recursive: true });
    for (const { type, head } of chosen) {
      if (head.examples === 0) {
        log(`Nobody has labelled '${type.label}' yet: its head is not exported.`);
        continue;
      }
      const { onnx, description } = exportClassHead(head, heads.spaces.classes, {
        class: type.label,
        model: { name: info.name, hash: info.hash, dimensions: info.dimensions },
        state: heads.state,
      });
      const name = type.label.replace(/[^\p{L}\p{N}._-]+/gu, '_');
      await write(`${name}.onnx`, onnx);
      await write(`${name}.json`, `${JSON.stringify(description, null, 2)}\n`);
    }
    if (written.length === 0) return 1;
    await write('example.py', PYTHON_EXAMPLE);
    await write('example.mjs', JAVASCRIPT_EXAMPLE);
    if (flag(options, 'json')) printJson({ folder, written });
    else for (const name of written) print(join(folder, name));
  } finally {
    await session.dispose();
  }
  return 0;
}
