import { execFile } from 'node:child_process';
import { userInfo } from 'node:os';
import { promisify } from 'node:util';

/** Names that Windows keeps for devices, with or without an extension. */
const devices = /^(con|prn|aux|nul|com[0-9]|lpt[0-9])$/;
const longest = 48;

/**
 * The annotator's slug: `by` of their lines and the name of their label file, so it must be a file name everywhere.
 * Letters of any script stay; accents on Latin letters, which keyboards lack, go. 'Mei Ling Ó' gives 'mei-ling-o'.
 * A name without letters or digits gives 'annotator'.
 * @throws Error for 'gold', the file of what was adjudicated.
 */
export function annotatorSlug(name: string): string {
  const slug = Array.from(
    name
      .normalize('NFKD')
      .replace(/(\p{Script=Latin})\p{M}+/gu, '$1')
      .toLowerCase()
      .normalize('NFKC')
      .replace(/[^\p{L}\p{M}\p{N}]+/gu, '-'),
  )
    .slice(0, longest)
    .join('')
    .replace(/^[-\p{M}]+|-+$/gu, '');
  if (slug === 'gold') {
    throw new Error("'gold' names the file of adjudicated labels and cannot be an annotator: choose another name.");
  }
  if (slug === '') return 'annotator';
  return devices.test(slug) ? `${slug}-annotator` : slug;
}

/** The slug of git's user.name in a folder, else of the account that runs this. */
export async function readAnnotator(folder: string): Promise<string> {
  try {
    const { stdout } = await promisify(execFile)('git', ['config', 'user.name'], { cwd: folder });
    if (stdout.trim() !== '') return annotatorSlug(stdout.trim());
  } catch {
    // No git, or no name configured.
  }
  return annotatorSlug(userInfo().username);
}
