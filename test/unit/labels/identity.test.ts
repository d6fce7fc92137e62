import { execFileSync } from 'node:child_process';
import { userInfo } from 'node:os';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { annotatorSlug, readAnnotator } from '../../../src/labels/identity.js';
import { temporaryFolder } from './helpers.js';

describe('an annotator’s slug', () => {
  it.each([
    ['Mei Ling Ó', 'mei-ling-o'],
    ['  J. R. R. Tolkien ', 'j-r-r-tolkien'],
    ['Zoë O’Neill', 'zoe-o-neill'],
    ['Søren', 'søren'],
    ['李小龙', '李小龙'],
    ['Юрий Гагарин', 'юрий-гагарин'],
    ['がくせい', 'がくせい'],
    ['नमस्ते', 'नमस्ते'],
    ['محمد علي', 'محمد-علي'],
    ['mei@example.org', 'mei-example-org'],
    ['../..\\etc', 'etc'],
    ['', 'annotator'],
    ['🦊', 'annotator'],
    ['CON', 'con-annotator'],
    ['com1', 'com1-annotator'],
    ['Ⅷ', 'viii'],
  ])('of %j is %j', (name, slug) => {
    expect(annotatorSlug(name)).toBe(slug);
  });

  it('is never that of the adjudicated labels', () => {
    expect(() => annotatorSlug('Gold')).toThrow("'gold' names the file of adjudicated labels");
  });

  it('is a short file name on every system, and its own slug', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme', maxLength: 80 }), (name) => {
        fc.pre(name.toLowerCase().normalize('NFKC') !== 'gold');
        const slug = annotatorSlug(name);
        expect(slug).toMatch(/^[\p{L}\p{N}][\p{L}\p{M}\p{N}-]*$/u);
        expect(Buffer.byteLength(slug)).toBeLessThanOrEqual(150);
        expect(slug).toBe(slug.normalize('NFC'));
        expect(annotatorSlug(slug)).toBe(slug);
      }),
      { numRuns: 1000 },
    );
  });

  it('comes from git’s user.name, else from the account', async () => {
    const folder = await temporaryFolder();
    const git = (...args: string[]) => execFileSync('git', args, { cwd: folder });
    git('init', '-q');
    git('config', 'user.name', 'Noor El-Sayed');
    expect(await readAnnotator(folder)).toBe('noor-el-sayed');
    git('config', 'user.name', '');
    expect(await readAnnotator(folder)).toBe(annotatorSlug(userInfo().username));
  });
});
