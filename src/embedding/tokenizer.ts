import type { PreTrainedTokenizer } from '@huggingface/transformers';
import { withPlainAscii } from './ascii.js';

/** A token that is split off before the model sees the text. */
export interface AddedToken {
  /** Takes the white space before it along. */
  readonly lstrip: boolean;
  /** Takes the white space after it along. */
  readonly rstrip: boolean;
}

/** The last stage: a pre-token to pieces. */
export interface PieceModel {
  /** Pieces of a pre-token, as the vocabulary spells them. */
  readonly encode: (preToken: string) => string[];
  readonly unknown: string | undefined;
  /** Neighbouring unknown pieces count as one. */
  readonly fusesUnknown: boolean;
  /** Unknown characters are spelled as bytes, `<0xE2>`. */
  readonly fallsBackToBytes: boolean;
  /** Marks on pieces that are not text: '##' before, '@@' or '</w>' after. */
  readonly continuingPrefix: string;
  readonly continuingSuffix: string;
  readonly endOfWordSuffix: string;
}

/**
 * The stages of a tokenizer, in the order in which whole-text tokenisation runs them. transformers.js gives ids
 * without offsets, so that the stages must be run one by one.
 */
export interface TokenizerStages {
  readonly splitAdded: (text: string) => string[];
  readonly splitAddedNormalised: (text: string) => string[];
  readonly addedToken: (text: string) => AddedToken | undefined;
  readonly removesSpace: boolean;
  readonly lowersAndStripsAccents: boolean;
  readonly normalise: ((text: string) => string) | undefined;
  readonly preTokenise: ((text: string, section: number) => string[]) | undefined;
  /** The pre-tokeniser spells bytes as printable characters. */
  readonly byteLevel: boolean;
  readonly model: PieceModel;
  /** Id of a piece; undefined where the vocabulary does not have it. */
  readonly idOf: (piece: string) => number | undefined;
  /** Ids before and after a text: `[CLS]`, `[SEP]` and the like. */
  readonly prefix: readonly number[];
  readonly suffix: readonly number[];
  readonly padId: number;
  /** The highest id that a piece can have. */
  readonly lastId: number;
}

/**
 * Reads the stages out of a tokenizer of transformers.js, whose own types keep them private.
 * @throws Error where a stage is not as expected (another major version of the library).
 */
export function stagesOf(tokenizer: PreTrainedTokenizer): TokenizerStages {
  const inner = tokenizer._tokenizer;
  const model = get(inner, 'model');
  const config = get(model, 'config');
  const added = get(inner, 'added_tokens_map');
  if (!(added instanceof Map)) throw unexpected('added_tokens_map');
  const normaliser = get(inner, 'normalizer');
  const preTokeniser = get(inner, 'pre_tokenizer');
  const unknown = get(model, 'unk_token');
  const padId = get(tokenizer, 'pad_token_id');
  const idOf = (piece: string): number | undefined => {
    const token: unknown = added.get(piece);
    return token === undefined ? inner.token_to_id(piece) : Number(get(token, 'id'));
  };
  return {
    splitAdded: splitter(get(inner, 'splitter_unnormalized'), added),
    splitAddedNormalised: splitter(get(inner, 'splitter_normalized'), added),
    addedToken: (text) => {
      const token: unknown = added.get(text);
      if (token === undefined) return undefined;
      return { lstrip: get(token, 'lstrip') === true, rstrip: get(token, 'rstrip') === true };
    },
    removesSpace: get(inner, 'remove_space') === true,
    lowersAndStripsAccents: get(inner, 'do_lowercase_and_remove_accent') === true,
    normalise:
      normaliser === null
        ? undefined
        : withPlainAscii(
            (text) => string(call(normaliser, 'normalize', text)),
            get(tokenizer._tokenizerJSON, 'normalizer'),
          ),
    preTokenise:
      preTokeniser === null
        ? undefined
        : (text, section) => strings(call(preTokeniser, 'pre_tokenize', text, { section_index: section })),
    byteLevel: mentionsByteLevel(get(tokenizer._tokenizerJSON, 'pre_tokenizer')),
    model: {
      encode: (preToken) => strings(call(model, 'encode', [preToken])),
      unknown: typeof unknown === 'string' ? unknown : undefined,
      fusesUnknown: get(model, 'fuse_unk') === true,
      fallsBackToBytes: get(model, 'byte_fallback') === true,
      continuingPrefix: optionalString(get(config, 'continuing_subword_prefix')),
      continuingSuffix: optionalString(get(model, 'continuing_subword_suffix')),
      endOfWordSuffix: optionalString(get(model, 'end_of_word_suffix')),
    },
    idOf,
    ...surroundings(get(inner, 'post_processor'), idOf),
    padId: typeof padId === 'number' ? padId : 0,
    lastId: largest(inner.get_vocab().values()),
  };
}

/** Vocabularies with more added tokens than this are searched for by the library alone. */
const FEW_TOKENS = 16;

/** Splits added tokens off. Most texts have none, which is seen fastest by looking for each. */
function splitter(inner: unknown, added: ReadonlyMap<unknown, unknown>): (text: string) => string[] {
  const tokens = strings([...added.keys()]);
  const split = (text: string): string[] => strings(call(inner, 'split', text));
  if (tokens.length > FEW_TOKENS) return split;
  return (text) => (tokens.some((token) => text.includes(token)) ? split(text) : [text]);
}

function largest(ids: Iterable<number>): number {
  let last = 0;
  for (const id of ids) if (id > last) last = id;
  return last;
}

/** What the post-processor puts around a text, seen from what it does to one that no vocabulary holds. */
function surroundings(
  postProcessor: unknown,
  idOf: (piece: string) => number | undefined,
): { readonly prefix: readonly number[]; readonly suffix: readonly number[] } {
  if (postProcessor === null) return { prefix: [], suffix: [] };
  const probe = '\u0000text\u0000';
  const tokens = strings(get(call(postProcessor, 'post_process', [probe], null, true), 'tokens'));
  const at = tokens.indexOf(probe);
  if (at < 0) throw unexpected('post_process');
  const toId = (piece: string): number => {
    const id = idOf(piece);
    if (id === undefined) {
      throw new Error(`tokenizer.json: the post-processor adds ${piece}, which is not in the vocabulary.`);
    }
    return id;
  };
  return { prefix: tokens.slice(0, at).map(toId), suffix: tokens.slice(at + 1).map(toId) };
}

function mentionsByteLevel(preTokeniser: unknown): boolean {
  if (typeof preTokeniser !== 'object' || preTokeniser === null) return false;
  if ('type' in preTokeniser && preTokeniser.type === 'ByteLevel') return true;
  const inner = 'pretokenizers' in preTokeniser ? preTokeniser.pretokenizers : undefined;
  return Array.isArray(inner) && inner.some(mentionsByteLevel);
}

function unexpected(what: string): Error {
  return new Error(`transformers.js: ${what} of the tokenizer is not as expected; this version is not supported.`);
}

function get(owner: unknown, name: string): unknown {
  if ((typeof owner !== 'object' && typeof owner !== 'function') || owner === null) throw unexpected(name);
  return Reflect.get(owner, name);
}

function call(owner: unknown, name: string, ...args: readonly unknown[]): unknown {
  const method = get(owner, name);
  if (typeof method !== 'function') throw unexpected(name);
  return Reflect.apply(method, owner, args);
}

function string(value: unknown): string {
  if (typeof value !== 'string') throw unexpected('normalize');
  return value;
}

function optionalString(value: unknown): string {
  return typeof value === 'string' ? value : '';
}

function strings(value: unknown): string[] {
  if (!Array.isArray(value) || !value.every((item) => typeof item === 'string')) throw unexpected('a list of pieces');
  return value;
}
