/**
 * Why a download did not come about: nobody answers, the server refuses or has no such file, it breaks off or sends
 * something else than it promised, or there is no room.
 */
export type DownloadFailure = 'offline' | 'refused' | 'missing' | 'broken' | 'stalled' | 'corrupt' | 'full' | 'busy';

/** Says what happened; what there was before is untouched. */
export class DownloadError extends Error {
  override readonly name = 'DownloadError';
  constructor(
    readonly failure: DownloadFailure,
    message: string,
    options?: ErrorOptions,
  ) {
    super(message, options);
  }
}
