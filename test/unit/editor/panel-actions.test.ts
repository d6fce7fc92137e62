import { describe, expect, it } from 'vitest';
import manifest from '../../../package.json' with { type: 'json' };
import words from '../../../package.nls.json' with { type: 'json' };
import { actionNames, commandOf, defaultKeys } from '../../../src/labels/panel-keys.js';
import { panelCommands } from '../../../src/protocol/panel.js';

/** Actions that the host does itself, without the page. */
const ofHost = ['accept', 'reject', 'skip', 'flag', 'undo', 'redo', 'next', 'progress'];

describe.each(actionNames)('the panel’s action %s', (name) => {
  const id = `marginalia.${commandOf(name)}`;

  it('has a key of its own', () => {
    expect(defaultKeys[name]).not.toBe('');
    expect(Object.values(defaultKeys).filter((key) => key === defaultKeys[name])).toHaveLength(1);
  });

  it('is a command with a title, in the palette where it can be done', () => {
    const { commands, menus } = manifest.contributes;
    const [command] = commands.filter((one) => one.command === id);
    expect(command?.category).toBe('Marginalia');
    expect(words).toHaveProperty([command!.title.slice(1, -1)]);
    const [entry] = menus.commandPalette.filter((one) => one.command === id);
    expect(entry?.when).toMatch(/^marginalia\.(panelActive( \|\| marginalia\.corpusEditor)?|hasProject)$/);
  });

  it('is done by the page or by the host', () => {
    expect(panelCommands.some((command) => command === name)).toBe(!ofHost.includes(name));
  });
});

it('nothing in the palette, in menus or on keys is no command', () => {
  const { commands, menus, keybindings } = manifest.contributes;
  const ids = commands.map(({ command }) => command);
  for (const { command } of [...Object.values(menus).flat(), ...keybindings]) expect(ids).toContain(command);
  for (const { title } of commands) expect(words).toHaveProperty([title.slice(1, -1)]);
});
