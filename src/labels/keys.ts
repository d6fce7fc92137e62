import { defaultKeys } from './panel-keys.js';

/** Characters that are the panel's own, before the person rebinds them: a label on one of these would shadow it. */
export const reservedKeys: readonly string[] = Object.values(defaultKeys).filter((key) => key.length === 1);

const letters = 'abcdefghijklmnopqrstuvwxyz';
const digits = '1234567890';

/**
 * Gives each name without a key the first free letter of its own, else the first free letter of the alphabet; in order,
 * so that a name added later never takes the key of an earlier one. Adds what it gives to `taken`.
 */
export function letterKeys(
  names: readonly { readonly name: string; readonly key?: string | undefined }[],
  taken: Set<string>,
): (string | undefined)[] {
  return names.map(({ name, key }) => key ?? take(name.toLowerCase() + letters, letters, taken));
}

/** As `letterKeys`, with digits: for class values, of which many begin alike. */
export function digitKeys(count: number, taken: Set<string>): (string | undefined)[] {
  return Array.from({ length: count }, () => take(digits, digits, taken));
}

function take(wanted: string, allowed: string, taken: Set<string>): string | undefined {
  for (const key of wanted) {
    if (allowed.includes(key) && !taken.has(key)) {
      taken.add(key);
      return key;
    }
  }
  return undefined;
}
