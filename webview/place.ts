import { noChange } from 'lit';
import { directive, Directive, PartType, type ElementPart, type PartInfo } from 'lit/directive.js';

type Style = Readonly<Record<string, string>>;

/**
 * Sets style properties one by one through the CSSOM: the page's content security policy forbids style attributes, which
 * Lit's own styleMap writes at first.
 */
class PlaceDirective extends Directive {
  #style: Style = {};

  constructor(info: PartInfo) {
    super(info);
    if (info.type !== PartType.ELEMENT) throw new Error('place() stands on an element, not in an attribute.');
  }

  /** Only says what `place` takes: an element part is always updated. */
  override render(style: Style): unknown {
    return style;
  }

  override update(part: ElementPart, [style]: [Style]): typeof noChange {
    const { element } = part;
    if (!(element instanceof HTMLElement || element instanceof SVGElement)) return noChange;
    for (const name of Object.keys(this.#style)) if (!(name in style)) element.style.removeProperty(name);
    for (const [name, value] of Object.entries(style)) {
      if (this.#style[name] !== value) element.style.setProperty(name, value);
    }
    this.#style = style;
    return noChange;
  }
}

/** `<div ${place({ left: '3px' })}>`: CSS property names as in a style sheet. */
export const place = directive(PlaceDirective);
