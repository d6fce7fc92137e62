import { Worker } from 'node:worker_threads';
import type { TaskReport } from '../learning/estimate-report.js';
import type { Reporter } from './estimates.js';

/** Makes the reports in a thread of its own. */
export function reportInThread(program: URL): Reporter {
  return (input, signal) =>
    new Promise((resolve, reject) => {
      const worker = new Worker(program, { workerData: input });
      const give = (settle: () => void): void => {
        signal.removeEventListener('abort', stop);
        settle();
      };
      const stop = (): void => {
        void worker.terminate();
        give(() => reject(signal.reason instanceof Error ? signal.reason : new Error('aborted')));
      };
      if (signal.aborted) {
        stop();
        return;
      }
      signal.addEventListener('abort', stop, { once: true });
      // Our own thread of the same build sends what `report` returns.
      worker.once('message', (reports: readonly TaskReport[]) => give(() => resolve(reports)));
      worker.once('error', (error) => give(() => reject(error)));
      worker.once('exit', (code) =>
        give(() => reject(new Error(`The thread of the estimates ended with code ${code}.`))),
      );
    });
}
