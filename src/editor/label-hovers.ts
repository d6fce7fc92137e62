import { Hover, l10n, languages, MarkdownString } from 'vscode';
import type { Disposes } from './disposes.js';
import { hoverText } from './hover-text.js';
import type { MarkedTexts } from './marked-text.js';
import { hoverCommands } from './text-target.js';

/** Says what is labelled and suggested where the pointer is, with what can be done about it. */
export function createHovers(texts: MarkedTexts): Disposes {
  return languages.registerHoverProvider(
    { scheme: 'file' },
    {
      provideHover: async (document, position) => {
        const offset = document.offsetAt(position);
        const text = await texts.of(document);
        const place = text?.file.placeAt(text.documents, offset);
        const project = text?.session.project;
        if (text === undefined || place === undefined || project === undefined) return undefined;
        const markdown = hoverText(
          {
            marks: texts.in(place.document, text),
            lines: text.session.lines(place.document.ref.id),
            project,
            annotator: text.session.annotator,
            translate: (message, ...args) => l10n.t(message, ...args),
          },
          place.at,
        );
        if (markdown === undefined) return undefined;
        const content = new MarkdownString(markdown);
        // Corpus text in it is escaped; what it may run all the same is only what it links to itself.
        content.isTrusted = { enabledCommands: hoverCommands };
        return new Hover(content);
      },
    },
  );
}
