// @ts-check
/** A scratch copy of the sample workspace, as a git repository: labels show up in `git diff`, and the original stays as it is. */
import { cp, mkdtemp, realpath, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { repository } from './install.mjs';
import { run } from './processes.mjs';

/**
 * A new folder in the system's temporary folder, without symbolic links in its path: editors and extensions
 * compare paths as strings.
 * @returns {Promise<string>}
 */
export async function temporaryFolder() {
  return realpath(await mkdtemp(join(tmpdir(), 'marginalia-')));
}

/**
 * Copies a folder (the sample unless told otherwise) to `target` and commits it there.
 * @param {string} target
 * @param {string} [source]
 * @returns {Promise<void>}
 */
export async function copySample(target, source = join(repository, 'media', 'sample')) {
  await cp(source, target, { recursive: true });
  await rm(join(target, '.git'), { recursive: true, force: true });
  // The person's own git settings must neither be needed nor get in the way: name, signing, hooks, line ends
  // (some sample files end their lines with CRLF on purpose).
  const settings = [
    'user.name=Marginalia sample',
    'user.email=sample@marginalia.invalid',
    'commit.gpgsign=false',
    'core.autocrlf=false',
    'core.hooksPath=/dev/null',
    'init.defaultBranch=main',
  ];
  const git = settings.flatMap((setting) => ['-c', setting]);
  await run('git', [...git, 'init', '--quiet'], { cwd: target });
  await run('git', [...git, 'add', '--all'], { cwd: target });
  await run('git', [...git, 'commit', '--quiet', '--message', 'Sample workspace'], { cwd: target });
}
