import { join } from 'node:path';
import type { EmbeddedTexts } from '../../../src/cli/embedded.js';
import { readClassRecords, readSpanRecords, type Task } from '../../../src/cli/labelled-records.js';
import type { ClassRecords } from '../../../src/learning/simulate/class.js';
import type { RelationRecords } from '../../../src/learning/simulate/relation.js';

/** The development sets: folders with train.jsonl and test.jsonl. */
export const SETS = [
  { name: 'trec', task: 'class' },
  { name: 'agn', task: 'class' },
  { name: 'cr', task: 'class' },
  { name: 'scicite', task: 'class' },
  { name: 'conll04', task: 'entity' },
  { name: 'wikigold', task: 'entity' },
  { name: 'weibo', task: 'entity' },
  { name: 'conll04-relations', task: 'relation', folder: 'conll04' },
] as const satisfies readonly SetSpec[];

export interface SetSpec {
  readonly name: string;
  readonly task: Task;
  /** Where it is another than the name. */
  readonly folder?: string;
}

export type LoadedSet =
  | { readonly task: 'class'; readonly train: ClassRecords; readonly test: ClassRecords }
  | { readonly task: 'entity' | 'relation'; readonly train: RelationRecords; readonly test: RelationRecords };

/** Reads and embeds a set; what is in the cache is not embedded again. */
export async function loadSet(
  { name, task, folder = name }: SetSpec,
  data: string,
  embedding: EmbeddedTexts,
): Promise<LoadedSet> {
  const [train, test] = ['train', 'test'].map((part) => join(data, folder, `${part}.jsonl`));
  if (task === 'class') {
    const load = async (file: string): Promise<ClassRecords> => {
      const records = await readClassRecords(file);
      return {
        labels: records.map(({ label }) => label),
        ...(await embedding.pooled(records.map(({ text }) => text))),
      };
    };
    return { task, train: await load(train!), test: await load(test!) };
  }
  const load = async (file: string): Promise<RelationRecords> => {
    const records = await readSpanRecords(file, task);
    return {
      passages: await embedding.worded(records.map(({ text }) => text)),
      entities: records.map(({ entities }) => entities),
      relations: records.map(({ relations }) => relations),
    };
  };
  return { task, train: await load(train!), test: await load(test!) };
}
