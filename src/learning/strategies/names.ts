/**
 * The query strategies by name, those first that suit most people. docs/strategies.md says what each does and where it
 * comes from.
 */
export const STRATEGIES = [
  'diverse-margin',
  'margin',
  'entropy',
  'least-confidence',
  'typical',
  'badge',
  'random',
  'token-entropy',
  'total-token-entropy',
  'mnlp',
  'n-best-entropy',
  'vote-entropy',
  'committee-divergence',
  'consensus-entropy',
  'ensemble',
  'bald',
  'bald-dropout',
  'core-set',
  'density',
  'contrastive',
  'gradient-length',
  'error-reduction',
] as const;

/** How many of them, from the first, are offered before the others. */
export const SHORT_LIST = 7;

export type Strategy = (typeof STRATEGIES)[number];

/** Strategies whose score of a candidate follows from its distribution alone. */
export const UNCERTAINTIES = ['entropy', 'margin', 'least-confidence'] as const;
export type Uncertainty = (typeof UNCERTAINTIES)[number];
/** What single candidates are scored by. */
export type Measure = Uncertainty | 'random';

export const DEFAULT_STRATEGY: Strategy = 'diverse-margin';

/** Items that are asked by typicality before any other strategy that a head must inform. */
export const SEEDS = 25;
