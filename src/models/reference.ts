import { existsSync } from 'node:fs';
import { homedir } from 'node:os';
import { isAbsolute, join, resolve } from 'node:path';

/** What the setting or option that chooses a model says. */
export type ModelReference =
  | { readonly kind: 'bundled'; readonly name: string }
  | { readonly kind: 'hub'; readonly id: string }
  | { readonly kind: 'folder'; readonly path: string };

const HUB_ID = /^[A-Za-z0-9][\w.-]*\/[A-Za-z0-9][\w.-]*$/;

/** Whether a text has the form of an id on the hub, `owner/name`. */
export function isHubId(text: string): boolean {
  return HUB_ID.test(text) && text.length <= 200 && !text.includes('..') && !text.includes('--');
}

/**
 * Reads a reference to a model: an absolute path, or one that begins with `.` or `~`, is a folder, `owner/name` an id on
 * the hub, and anything else the name of a bundled model.
 * @param base what paths with a leading `.` are relative to
 * @throws Error where it is none of these
 */
export function modelReference(text: string, base: string): ModelReference {
  if (isAbsolute(text)) return { kind: 'folder', path: resolve(text) };
  if (/^~[\\/]/.test(text)) return { kind: 'folder', path: join(homedir(), text.slice(2)) };
  if (text.startsWith('.')) return { kind: 'folder', path: resolve(base, text) };
  if (isHubId(text)) return { kind: 'hub', id: text };
  if (/^[\w-][\w.-]*$/.test(text)) return { kind: 'bundled', name: text };
  throw new Error(
    `'${text}' is neither a bundled model, an id on the hub (owner/name), nor a folder (absolute, or beginning with './' or '~/').`,
  );
}

/** Where the models are. */
export interface ModelPlaces {
  /** Folder of the bundled ones. */
  readonly bundled: string;
  /** Folder of the downloaded ones; undefined where nothing is ever downloaded. */
  readonly downloads: string | undefined;
}

/** The folder of a downloaded model, whether it is there or not. */
export function downloadFolder(downloads: string, id: string): string {
  return join(downloads, id.replace('/', '--'));
}

/** Whether a model of the hub has been downloaded: it is put in place only when it is whole. */
export function isDownloaded(downloads: string, id: string): boolean {
  return existsSync(downloadFolder(downloads, id));
}

/** A model of the hub that has not been downloaded. */
export class ModelNotDownloaded extends Error {
  override readonly name = 'ModelNotDownloaded';
  constructor(readonly id: string) {
    super(`${id} has not been downloaded; the command 'Marginalia: Choose Model…' does so after asking`);
  }
}

/**
 * The folder of the model that a reference names.
 * @throws ModelNotDownloaded; Error where the reference is not of any form, or names a bundled model that is not there
 */
export function modelFolder(text: string, base: string, { bundled, downloads }: ModelPlaces): string {
  const reference = modelReference(text, base);
  switch (reference.kind) {
    case 'folder':
      return reference.path;
    case 'bundled': {
      const folder = join(bundled, reference.name);
      if (existsSync(folder)) return folder;
      throw new Error(
        `there is no bundled model '${reference.name}'. Give an id on the hub as owner/name, and a folder as an absolute path or one that begins with './' or '~/'`,
      );
    }
    case 'hub':
      if (downloads === undefined || !isDownloaded(downloads, reference.id)) throw new ModelNotDownloaded(reference.id);
      return downloadFolder(downloads, reference.id);
  }
}
