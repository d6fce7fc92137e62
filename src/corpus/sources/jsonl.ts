import type { SourceRule } from '../types.js';
import { literalAt, placeOfString } from './json-place.js';
import type { Finding, ParseRecord } from './records.js';

/** The field that holds the text where the project file names none. */
const DEFAULT_TEXT = 'text';

/** Reads lines of JSONL: an object with a text field, and an id field where the project file names one. */
export function jsonParser(rule: SourceRule): ParseRecord {
  const textPath = rule.text ?? DEFAULT_TEXT;
  return (source) => {
    if (source.trim() === '') return undefined;
    let value: unknown;
    try {
      value = JSON.parse(source);
    } catch (error) {
      return { finding: notJson(error instanceof Error ? error.message : String(error)) };
    }
    const found = lookUp(value, textPath);
    if (typeof found?.value !== 'string') return { finding: withoutText(textPath, found?.value) };
    const { keys } = found;
    return {
      record: {
        text: found.value,
        id: rule.id === undefined ? undefined : idOf(source, value, rule.id),
        place: () => placeOfString(source, keys),
      },
    };
  };
}

interface Found {
  readonly value: unknown;
  readonly keys: readonly string[];
}

/** The value at a dotted path. A key that itself holds the dots comes first. */
function lookUp(value: unknown, path: string): Found | undefined {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return undefined;
  const member = (key: string): unknown => Object.getOwnPropertyDescriptor(value, key)?.value;
  if (Object.hasOwn(value, path)) return { value: member(path), keys: [path] };
  for (let dot = path.indexOf('.'); dot >= 0; dot = path.indexOf('.', dot + 1)) {
    const key = path.slice(0, dot);
    const below = lookUp(member(key), path.slice(dot + 1));
    if (below !== undefined) return { value: below.value, keys: [key, ...below.keys] };
  }
  return undefined;
}

function idOf(source: string, record: unknown, path: string): string | undefined {
  const found = lookUp(record, path);
  if (found === undefined) return undefined;
  if (typeof found.value === 'string') return found.value === '' ? undefined : found.value;
  if (typeof found.value === 'boolean') return String(found.value);
  if (typeof found.value !== 'number') return undefined;
  return Number.isSafeInteger(found.value) ? String(found.value) : literalAt(source, found.keys);
}

function notJson(message: string): Finding {
  return {
    severity: 'error',
    code: 'not-json',
    message: `This line is not JSON (${message.slice(0, 200)}), so it is left out. Each line must be one JSON object.`,
  };
}

function withoutText(path: string, value: unknown): Finding {
  const what = value === undefined ? 'is missing' : `holds ${typeName(value)}, not a string`;
  return {
    severity: 'warning',
    code: 'record-without-text',
    message: `The field "${path}" of this record ${what}, so the record is left out. Name the field that holds the text as "text" in marginalia.json.`,
  };
}

function typeName(value: unknown): string {
  if (value === null) return 'null';
  if (Array.isArray(value)) return 'a list';
  return typeof value === 'object' ? 'an object' : `a ${typeof value}`;
}
