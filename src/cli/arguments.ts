import { parseArgs, type ParseArgsConfig } from 'node:util';

/** Input that a command cannot use: exit code 2, and the message says what to do. */
export class UsageError extends Error {}

type Options = NonNullable<ParseArgsConfig['options']>;

export interface Arguments {
  readonly values: Readonly<Record<string, string | boolean | undefined>>;
  readonly positionals: readonly string[];
}

/** Parses a command's arguments; throws UsageError for an unknown flag or a missing value. */
export function parseArguments(args: readonly string[], options: Options): Arguments {
  try {
    const { values, positionals } = parseArgs({ args: [...args], options, allowPositionals: true, strict: true });
    const single = Object.entries(values).map(([name, value]): [string, string | boolean | undefined] => [
      name,
      Array.isArray(value) ? value.at(-1) : value,
    ]);
    return { values: Object.fromEntries(single), positionals };
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : String(error));
  }
}

export function text({ values }: Arguments, name: string): string | undefined {
  const value = values[name];
  return typeof value === 'string' ? value : undefined;
}

export function flag({ values }: Arguments, name: string): boolean {
  return values[name] === true;
}

/** A whole number of at least `least`, or the default. */
export function integer(args: Arguments, name: string, standard: number, least = 0): number {
  const value = text(args, name);
  if (value === undefined) return standard;
  const number = Number(value);
  if (!Number.isSafeInteger(number) || number < least)
    throw new UsageError(`--${name} takes a whole number of at least ${least}, not '${value}'.`);
  return number;
}

/** A number from 0 to 1; undefined where it is not given. */
export function share(args: Arguments, name: string): number | undefined {
  const value = text(args, name);
  if (value === undefined) return undefined;
  const number = Number(value);
  if (value.trim() === '' || !(number >= 0 && number <= 1))
    throw new UsageError(`--${name} takes a number from 0 to 1, not '${value}'.`);
  return number;
}

/** One of a list of words. */
export function oneOf<T extends string>(args: Arguments, name: string, words: readonly T[]): T | undefined {
  const value = text(args, name);
  if (value === undefined) return undefined;
  const word = words.find((candidate) => candidate === value);
  if (word === undefined) throw new UsageError(`--${name} takes one of ${words.join(', ')}, not '${value}'.`);
  return word;
}
