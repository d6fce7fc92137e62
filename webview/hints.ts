/** Home row first: the letters that cost least to type. */
export const hintAlphabet = 'asdfghjklqwertyuiopzxcvbnm';
/** For words, which are many: each of these is one press, too. */
export const wordAlphabet = `${hintAlphabet}0123456789${hintAlphabet.toUpperCase()}`;

/**
 * One code a choice, none of which is the beginning of another, so that a choice is made the moment its code is typed.
 * Short codes come first: a letter is given up as a code of its own only to make room for longer ones.
 */
export function hintCodes(count: number, alphabet: string = hintAlphabet): string[] {
  const codes = [''];
  let spent = 0;
  while (codes.length - spent < count || spent === 0) {
    const prefix = codes[spent] ?? '';
    spent++;
    for (const letter of alphabet) codes.push(prefix + letter);
  }
  return codes.slice(spent, spent + count);
}
