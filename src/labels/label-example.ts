/** A stretch of accepted text that bears a label, in its surroundings. */
export interface LabelExample {
  readonly before: string;
  readonly text: string;
  readonly after: string;
  /** Of a class. */
  readonly value?: string;
  /** How often this text bears the label. */
  readonly times: number;
}

export interface LabelExamples {
  readonly kind: 'entity' | 'relation' | 'class';
  readonly label: string;
  /** Accepted ones, the same place by several annotators counted once. */
  readonly count: number;
  /** A handful, the most frequent first. */
  readonly examples: readonly LabelExample[];
}
