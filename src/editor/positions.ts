import { Position } from 'vscode';
import type { FilePosition } from '../corpus/types.js';

/** A position of a file as the editor's own. */
export function editorPosition({ line, character }: FilePosition): Position {
  return new Position(line, character);
}
