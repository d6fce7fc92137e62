import { describe, expect, test } from 'vitest';
import { defaultKeys } from '../../src/labels/panel-keys.js';
import { keymapOf, showKey, strokeOf, withKey, type Press } from '../../webview/keys.js';
import { types } from './views.js';

function press(key: string, more: Partial<Press> = {}): Press {
  return {
    key,
    code: '',
    ctrlKey: false,
    metaKey: false,
    altKey: false,
    shiftKey: false,
    altGraph: false,
    ...more,
  };
}

describe('the name of a press', () => {
  test('is the character, a capital one with Shift', () => {
    expect(strokeOf(press('p'))).toBe('p');
    expect(strokeOf(press('U', { shiftKey: true }))).toBe('U');
    expect(strokeOf(press('?', { shiftKey: true }))).toBe('?');
  });

  test('does not change with Caps Lock', () => {
    expect(strokeOf(press('P'))).toBe('p');
    expect(strokeOf(press('u', { shiftKey: true }))).toBe('U');
  });

  test('is that of the Latin letter in its place on other keyboards', () => {
    expect(strokeOf(press('פ', { code: 'KeyP' }))).toBe('p');
    expect(strokeOf(press('я', { code: 'KeyZ', ctrlKey: true }))).toBe('Ctrl+Z');
    expect(strokeOf(press('é', { code: 'KeyE' }))).toBe('é');
  });

  test('has modifiers before a named key', () => {
    expect(strokeOf(press('ArrowLeft', { altKey: true, shiftKey: true }))).toBe('Alt+Shift+ArrowLeft');
    expect(strokeOf(press('Tab', { shiftKey: true }))).toBe('Shift+Tab');
  });

  test('is none for what VS Code keeps, but for undo and redo', () => {
    expect(strokeOf(press('p', { ctrlKey: true }))).toBeUndefined();
    expect(strokeOf(press('c', { metaKey: true }))).toBeUndefined();
    expect(strokeOf(press('f', { altKey: true }))).toBeUndefined();
    expect(strokeOf(press('ArrowLeft', { ctrlKey: true }))).toBeUndefined();
    expect(strokeOf(press('z', { ctrlKey: true }))).toBe('Ctrl+Z');
    expect(strokeOf(press('z', { metaKey: true, shiftKey: true }))).toBe('Ctrl+Shift+Z');
    expect(strokeOf(press('y', { ctrlKey: true }))).toBe('Ctrl+Y');
  });

  test('takes what AltGr types as typed: Windows reports it as Ctrl+Alt', () => {
    expect(strokeOf(press('[', { ctrlKey: true, altKey: true, altGraph: true }))).toBe('[');
  });
});

describe('the keymap', () => {
  test('has labels, relations, class values and every action', () => {
    const { commands, actions } = keymapOf({ types, keys: {} });
    expect(commands.get('p')).toEqual({ do: 'label', label: 'Person' });
    expect(commands.get('w')).toEqual({ do: 'relation', label: 'worksFor' });
    expect(commands.get('2')).toEqual({ do: 'class', label: 'tone', value: 'praise' });
    expect(actions).toEqual(defaultKeys);
    for (const [name, key] of Object.entries(defaultKeys)) expect(commands.get(key)).toEqual({ do: name });
    expect(commands.get('Backspace')).toEqual({ do: 'delete' });
  });

  test('follows the setting, also when it spells Shift out', () => {
    const { commands, actions } = keymapOf({ types, keys: { accept: 'Shift+a', next: 'PageDown' } });
    expect(commands.get('A')).toEqual({ do: 'accept' });
    expect(commands.has('a')).toBe(false);
    expect(actions.next).toBe('PageDown');
  });

  test('gives a label’s key to the label, and the action has none rather than another meaning', () => {
    const clash = { ...types, entities: [{ label: 'Author', key: 'a', color: '#000' }] };
    const { commands, actions } = keymapOf({ types: clash, keys: {} });
    expect(commands.get('a')).toEqual({ do: 'label', label: 'Author' });
    expect(actions.accept).toBeUndefined();
  });

  test('of two labels with one key the first has it', () => {
    const twice = {
      ...types,
      entities: [
        { label: 'One', key: 'x', color: '#000' },
        { label: 'Two', key: 'x', color: '#000' },
      ],
    };
    expect(keymapOf({ types: twice, keys: {} }).commands.get('x')).toEqual({ do: 'label', label: 'One' });
  });

  test('no default key is another’s, or an arrow’s', () => {
    const keys = Object.values(defaultKeys);
    expect(new Set(keys).size).toBe(keys.length);
  });
});

test('keys are shown as people write them', () => {
  expect(showKey('p')).toBe('P');
  expect(showKey('U')).toBe('Shift+U');
  expect(showKey('+')).toBe('+');
  expect(showKey('Alt+Shift+ArrowLeft')).toBe('Alt+Shift+←');
  expect(withKey('Undo', 'u')).toBe('Undo (U)');
  expect(withKey('Undo', undefined)).toBe('Undo');
});
