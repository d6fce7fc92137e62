import { z } from 'zod';

/** What a command on a text editor is about, where not what stands at the cursor: links of hovers carry it. */
export const TextTarget = z.object({
  doc: z.string(),
  /** Code point in the document. */
  at: z.int(),
  /** A label's line. */
  id: z.string().optional(),
  /** A suggestion. */
  key: z.string().optional(),
});
export type TextTarget = z.infer<typeof TextTarget>;

/** The commands that links of a hover may run, and no others. */
export const hoverCommands = [
  'marginalia.acceptAtCursor',
  'marginalia.rejectAtCursor',
  'marginalia.changeLabelAtCursor',
  'marginalia.removeLabelAtCursor',
  'marginalia.openAtCursor',
  'marginalia.revealEntity',
] as const;
export type HoverCommand = (typeof hoverCommands)[number];

/** The address of a link that runs a command. */
export function commandLink(command: HoverCommand, target: TextTarget): string {
  // Brackets would end the link that the address stands in.
  const argument = encodeURIComponent(JSON.stringify([target])).replace(/[()]/g, (bracket) =>
    bracket === '(' ? '%28' : '%29',
  );
  return `command:${command}?${argument}`;
}
