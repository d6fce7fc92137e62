/**
 * Made-up passages are records of files of their own, `<labels>/synthetic/<annotator>.jsonl`: they are committed with the
 * labels that anchor in them, and nobody takes them for text that was found.
 */

/** The folder of made-up passages in a labels folder: a workspace-relative POSIX path. */
export function syntheticFolder(labels: string): string {
  return `${labels}/synthetic`;
}

/** Whether a file, or the file of a document, holds made-up passages. */
export function isSynthetic(labels: string, fileOrDocument: string): boolean {
  return fileOrDocument.startsWith(`${syntheticFolder(labels)}/`);
}
