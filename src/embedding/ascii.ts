/** Printable ASCII and the white space that normalisers turn into spaces. */
const PLAIN = /^[\t\n\r\x20-\x7e]*$/;

/** Normalisers that leave letters of ASCII as they are. */
const UNCHANGING: readonly unknown[] = ['NFC', 'NFD', 'NFKC', 'NFKD', 'StripAccents'];

/**
 * Speeds a normaliser up for texts of plain ASCII, to which the usual ones do little; character by character they cost
 * more than the rest of the tokeniser. Other texts, and other kinds of normalisers, take the long way.
 * @param config the `normalizer` of a tokenizer.json
 */
export function withPlainAscii(normalise: (text: string) => string, config: unknown): (text: string) => string {
  const steps = plainSteps(config);
  if (steps === undefined) return normalise;
  return (text) => {
    if (!PLAIN.test(text)) return normalise(text);
    let plain = text;
    for (const step of steps) plain = step(plain);
    return plain;
  };
}

type Step = (text: string) => string;

const spaced: Step = (text) => text.replace(/[\t\n\r]/g, ' ');
const lowered: Step = (text) => text.toLowerCase();

/** What a normaliser does to plain ASCII; undefined where that is not known. */
function plainSteps(config: unknown): readonly Step[] | undefined {
  if (typeof config !== 'object' || config === null) return undefined;
  const of = (name: string): unknown => Reflect.get(config, name);
  if (UNCHANGING.includes(of('type'))) return [];
  if (of('type') === 'Lowercase') return [lowered];
  if (of('type') === 'BertNormalizer')
    return [...(of('clean_text') === true ? [spaced] : []), ...(of('lowercase') === true ? [lowered] : [])];
  if (of('type') !== 'Sequence') return undefined;
  const inner = of('normalizers');
  if (!Array.isArray(inner)) return undefined;
  const steps = inner.map(plainSteps);
  return steps.every((step) => step !== undefined) ? steps.flat() : undefined;
}
