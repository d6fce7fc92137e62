import { z } from 'zod';
import type { Progress } from './progress.js';

/** Host ↔ the page of the progress view. The host sends all there is to show; the page is rebuilt from it. */

/** Progress page → host. */
export const FromProgressPage = z.discriminatedUnion('type', [
  z.object({ type: z.literal('ready') }),
  /** Into the clipboard. */
  z.object({ type: z.literal('copy'), text: z.string().max(1_000_000) }),
  /** Into a file that the person names; `name` is proposed. */
  z.object({
    type: z.literal('save'),
    name: z.string().regex(/^[\p{L}\p{M}\p{N}_-]{1,100}\.(?:svg|csv)$/u),
    text: z.string().max(5_000_000),
  }),
  /** Back to the passage on screen. */
  z.object({ type: z.literal('labelling') }),
]);
export type FromProgressPage = z.infer<typeof FromProgressPage>;

export interface ProgressView {
  readonly annotator: string;
  readonly progress?: Progress;
  /** Why there is nothing to show, or why it is not of now. */
  readonly notice?: string;
}

/** Host → progress page. */
export type ToProgressPage =
  | { readonly type: 'view'; readonly view: ProgressView }
  /** Something was done: said and shown, briefly. */
  | { readonly type: 'done'; readonly message: string };
