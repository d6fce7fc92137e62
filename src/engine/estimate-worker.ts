import { parentPort, workerData } from 'node:worker_threads';
import { report, type ReportInput } from '../learning/estimate-report.js';

/**
 * A thread that makes the reports of its data, posts them and ends: fits that take a while delay no re-ranking. Its
 * starter ends it early by terminating it.
 */

function finished<T>(steps: Generator<void, T>): T {
  for (;;) {
    const step = steps.next();
    if (step.done === true) return step.value;
  }
}

parentPort?.postMessage(finished(report(workerData as ReportInput)));
