import { rm } from 'node:fs/promises';
import path from 'node:path';
import { copySample, temporaryFolder } from '../../../scripts/sample.mjs';

export interface ScratchWorkspace {
  readonly folder: string;
  dispose(): Promise<void>;
}

/** A copy of the sample workspace, or of another folder, in the system's temporary folder: a git repository with one commit. */
export async function scratchWorkspace(source?: string): Promise<ScratchWorkspace> {
  const scratch = await temporaryFolder();
  const folder = path.join(scratch, 'sample');
  const dispose = () => rm(scratch, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 });
  try {
    await copySample(folder, source);
  } catch (error) {
    await dispose();
    throw error;
  }
  return { folder, dispose };
}
