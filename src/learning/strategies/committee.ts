import { itemScores, type MemberKind, type Query } from './query.js';
import type { QueryStrategy } from './strategy.js';
import { uncertainty } from './uncertainty.js';

/**
 * Strategies by disagreement: several heads that the labels allow for look at every candidate. With p_m the distribution
 * of member m of M and p̄ their mean (each in nats):
 *
 * | measure             | score                                                            | source |
 * | ------------------- | ---------------------------------------------------------------- | ------ |
 * | vote entropy        | −Σ v·ln v, v = share of members for whom an outcome is likeliest | Dagan & Engelson 1995 |
 * | divergence          | mean over members of KL(p_m ‖ p̄)                                 | McCallum & Nigam 1998 |
 * | consensus entropy   | −Σ p̄·ln p̄                                                        | as in modAL |
 * | ensemble margin     | 1 − (p̄1 − p̄2)                                                    | Lakshminarayanan et al. 2017; Beluch et al. 2018 |
 *
 * The mean KL divergence to the mean equals the mutual information between outcome and member, H(p̄) − mean H(p_m), which is
 * what BALD (Houlsby et al. 2011; Gal, Islam & Ghahramani 2017 with dropout) maximises: the two differ in where the members
 * come from.
 */
export type Disagreement = (members: readonly Float64Array[], at: number, classes: number) => number;

export const voteEntropy: Disagreement = (members, at, classes) => {
  const votes = new Float64Array(classes);
  for (const probabilities of members) {
    let top = 0;
    for (let k = 1; k < classes; k++) if (probabilities[at + k]! > probabilities[at + top]!) top = k;
    votes[top]! += 1 / members.length;
  }
  return uncertainty('entropy', votes);
};

export const divergence: Disagreement = (members, at, classes) => {
  const mean = consensus(members, at, classes);
  let sum = 0;
  for (const probabilities of members) {
    for (let k = 0; k < classes; k++) {
      const p = probabilities[at + k]!;
      if (p > 0) sum += p * Math.log(p / mean[k]!);
    }
  }
  // Rounding may bring members who agree below zero.
  return Math.max(0, sum / members.length);
};

export const consensusEntropy: Disagreement = (members, at, classes) =>
  uncertainty('entropy', consensus(members, at, classes));

export const consensusMargin: Disagreement = (members, at, classes) =>
  uncertainty('margin', consensus(members, at, classes));

/** The mean distribution of the members. */
function consensus(members: readonly Float64Array[], at: number, classes: number): Float64Array {
  const mean = new Float64Array(classes);
  for (const probabilities of members) {
    for (let k = 0; k < classes; k++) mean[k]! += probabilities[at + k]! / members.length;
  }
  return mean;
}

/** The strategy that asks where members of a kind disagree most by a measure. */
export function byCommittee(kind: MemberKind, measure: Disagreement, source: string): QueryStrategy {
  return {
    source,
    members: kind,
    scores: (query: Query) => {
      const outputs = query.outputs();
      const members = query.members(kind);
      return itemScores(outputs, (c) => measure(members, c * outputs.classes, outputs.classes));
    },
  };
}
