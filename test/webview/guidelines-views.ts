import type { LabelExamples } from '../../src/protocol/guidelines.js';

/** What a host tells of the labels; one of them has none. */
export const personExamples: LabelExamples[] = [
  {
    kind: 'entity',
    label: 'Person',
    count: 7,
    examples: [
      { before: 'said ', text: 'Ines Moray', after: ' of the', times: 6 },
      { before: 'by ', text: '<b>Bo</b>', after: '.', times: 1 },
    ],
  },
  { kind: 'entity', label: 'Place', count: 0, examples: [] },
];
