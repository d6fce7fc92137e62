import { z } from 'zod';
import type { LabelExamples } from '../labels/label-example.js';

export type { LabelExample, LabelExamples } from '../labels/label-example.js';

/**
 * Guidelines and label cards between host and panel. The host reads Markdown into these nodes; the panel draws them as
 * elements and text. There is no markup in them, and no address that the host would not open.
 */

export type Inline =
  | { readonly is: 'text' | 'code'; readonly text: string }
  | { readonly is: 'emphasis' | 'strong' | 'deleted'; readonly content: readonly Inline[] }
  | { readonly is: 'link'; readonly href: string; readonly content: readonly Inline[] }
  /** Named, not loaded. */
  | { readonly is: 'image'; readonly text: string }
  | { readonly is: 'break' };

export interface ListItem {
  readonly content: readonly Block[];
  /** Of a task list. */
  readonly checked?: boolean;
}

export type Block =
  | { readonly is: 'heading'; readonly level: number; readonly id: string; readonly content: readonly Inline[] }
  | { readonly is: 'paragraph'; readonly content: readonly Inline[] }
  | { readonly is: 'code'; readonly text: string }
  | { readonly is: 'quote'; readonly content: readonly Block[] }
  | { readonly is: 'list'; readonly start?: number; readonly items: readonly ListItem[] }
  | {
      readonly is: 'table';
      readonly head: readonly (readonly Inline[])[];
      readonly rows: readonly (readonly (readonly Inline[])[])[];
    }
  | { readonly is: 'rule' };

export interface GuidelinesView {
  /** Workspace-relative; absent where the project names none. */
  readonly file?: string;
  readonly blocks: readonly Block[];
  /** Why there are none, and what to do. */
  readonly notice?: string;
}

/** Panel → host. */
export const GuidelinesRequest = z.discriminatedUnion('type', [
  /** Shows or hides the guidelines; while they are shown they follow their file. */
  z.object({ type: z.literal('guidelines'), open: z.boolean() }),
  z.object({ type: z.literal('examples') }),
  z.object({ type: z.literal('link'), href: z.string().max(4096) }),
]);
export type GuidelinesRequest = z.infer<typeof GuidelinesRequest>;

/** Host → panel. */
export type GuidelinesAnswer =
  | { readonly type: 'guidelines'; readonly guidelines: GuidelinesView }
  | { readonly type: 'examples'; readonly labels: readonly LabelExamples[] };
