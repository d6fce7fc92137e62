import fc from 'fast-check';

/** Pieces that offsets go wrong on: astral characters, joiners, combining marks, line ends, quotes and escapes. */
const piece = fc.constantFrom(
  'a',
  'Ada',
  ' ',
  '\t',
  '\n',
  '\r',
  '\r\n',
  '\n\n',
  '"',
  '""',
  '\\',
  ',',
  '/',
  'é',
  'e\u0301',
  '日本',
  'שלום',
  '🎈',
  '👩‍👩‍👧‍👦',
  '𝒳',
  '\u200d',
  '\ufeff',
  '\u2028',
  '\u0001',
  '.',
);

/** Texts as files hold them, with any mixture of line ends. */
export const rawText = fc
  .array(fc.oneof({ weight: 4, arbitrary: piece }, fc.string({ unit: 'binary' })), { maxLength: 30 })
  .map((pieces) => pieces.join('').replaceAll('\0', ''));

/** The same with something to label. */
export const visibleText = rawText.filter((text) => text.trim() !== '');

/** The lines of a file as the editor holds them: no byte-order mark, LF, CRLF and CR as line ends. */
export function editorLines(content: string): string[] {
  return content.replace(/^\ufeff/, '').split(/\r\n|\r|\n/);
}
