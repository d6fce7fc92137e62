import type { Progress, TaskProgress } from '../../../src/protocol/progress.js';

/** Progress for tests and pictures: a curve by a law, so that no number is made up by hand. */

const law = { asymptote: 0.91, scale: 1.15, rate: 0.52 };
const sizes = [8, 16, 35, 75, 158, 236];

function curve(): TaskProgress['curve'] {
  return sizes.map((labels, i) => {
    const wobble = [0.03, -0.02, 0.015, -0.01, 0.006, -0.003][i]!;
    const score = law.asymptote - law.scale * labels ** -law.rate + wobble;
    const half = 0.28 * labels ** -0.35;
    return {
      measure: 'micro-f1',
      score,
      low: Math.max(0, score - half),
      high: Math.min(1, score + half * 0.8),
      passages: 64,
      labels,
    };
  });
}

export function entityTask(more: Partial<TaskProgress> = {}): TaskProgress {
  const points = curve();
  return {
    kind: 'entity',
    labels: 295,
    basis: 'random',
    estimate: points.at(-1)!,
    curve: points,
    law,
    gain: { labels: 100, score: 0.012, low: 0.004, high: 0.031 },
    missing: 140,
    advice: {
      verdict: 'continue',
      message: 'Go on: about 140 more labels to the target, by the learning curve.',
      rules: [
        {
          name: 'stability',
          value: 0.973,
          threshold: 0.99,
          met: false,
          message: 'The last heads agree by κ = 0.973, which is not 0.99 or more.',
        },
        {
          name: 'uncertainty',
          value: 0.21,
          threshold: 0.05,
          met: false,
          message: 'The mean uncertainty is 0.210, which is not 0.05 or less.',
        },
        {
          name: 'target',
          value: 0.78,
          threshold: 0.85,
          met: false,
          message: 'The quality is at least 0.780 (with 95 % confidence), which is not the target of 0.85 or more.',
        },
      ],
    },
    uncertainty: [96, 61, 44, 31, 22, 17, 12, 9, 6, 2],
    ...more,
  };
}

export function toneTask(more: Partial<TaskProgress> = {}): TaskProgress {
  return {
    kind: 'class',
    name: 'tone',
    labels: 12,
    basis: 'chosen',
    estimate: { measure: 'accuracy', score: 0.583, low: 0.32, high: 0.807, passages: 12, labels: 9 },
    curve: [{ measure: 'accuracy', score: 0.583, low: 0.32, high: 0.807, passages: 12, labels: 9 }],
    advice: {
      verdict: 'continue',
      message: 'Go on: the predictions still change.',
      rules: [
        {
          name: 'stability',
          threshold: 0.99,
          met: false,
          message: 'There are too few labels to tell whether the predictions are stable.',
        },
        {
          name: 'uncertainty',
          value: 0.71,
          threshold: 0.05,
          met: false,
          message: 'The mean uncertainty is 0.710, which is not 0.05 or less.',
        },
      ],
    },
    uncertainty: [0, 3, 9, 20, 41, 60, 71, 53, 30, 13],
    ...more,
  };
}

export function progress(more: Partial<Progress> = {}): Progress {
  return {
    passages: 1412,
    reviewed: 301,
    random: 64,
    synthetic: 20,
    balance: [
      { kind: 'entity', label: 'Person', count: 412 },
      { kind: 'entity', label: 'Organisation', count: 288 },
      { kind: 'entity', label: 'Place', count: 131 },
      { kind: 'entity', label: 'Product', count: 0 },
      { kind: 'relation', label: 'worksFor', count: 96 },
      { kind: 'relation', label: 'isTheParentCompanyOrOwnerOf', count: 17 },
      { kind: 'class', label: 'tone', value: 'neutral', count: 9 },
      { kind: 'class', label: 'tone', value: 'praise', count: 2 },
      { kind: 'class', label: 'tone', value: 'complaint', count: 1 },
    ],
    pace: { seconds: 9.2, perHour: 391.3, left: 10_221 },
    target: 0.85,
    tasks: [entityTask(), toneTask()],
    current: true,
    working: false,
    ...more,
  };
}

/** What there is after the first few verdicts. */
export function beginning(): Progress {
  return {
    passages: 1412,
    reviewed: 2,
    random: 0,
    synthetic: 0,
    balance: [{ kind: 'entity', label: 'Person', count: 0 }],
    tasks: [
      {
        kind: 'entity',
        labels: 2,
        basis: 'chosen',
        curve: [],
        advice: { verdict: 'continue', message: 'Go on: the predictions still change.', rules: [] },
        uncertainty: [0, 0, 0, 0, 0, 0, 0, 0, 0, 0],
      },
    ],
    current: true,
    working: false,
  };
}
