/** What went wrong, in words: for the log and for people. */
export function describe(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** As describe(), with the place in the code: for the log. */
export function trace(error: unknown): string {
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}
