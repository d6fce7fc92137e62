import { css, html, nothing, type TemplateResult } from 'lit';
import type { LabelExample, LabelExamples } from '../../src/protocol/guidelines.js';
import type { PanelView } from '../../src/protocol/panel.js';
import { showKey } from '../keys.js';
import { place } from '../place.js';

/** All that there is to say of a label. */
export interface LabelCard {
  /** 'entity Person': names it in `data-label`. */
  readonly name: string;
  readonly label: string;
  readonly key?: string;
  readonly color?: string;
  readonly description?: string;
  /** Of a relation, what it may join; of a class, its values. */
  readonly form?: string;
  /** Undefined until the host has told them. */
  readonly given: LabelExamples | undefined;
}

export function labelCards(
  types: PanelView['types'] | undefined,
  examples: readonly LabelExamples[] | undefined,
): LabelCard[] {
  if (types === undefined) return [];
  const given = (kind: LabelExamples['kind'], label: string): LabelExamples | undefined =>
    examples?.find((one) => one.kind === kind && one.label === label);
  return [
    ...types.entities.map(({ label, key, color, description }) => ({
      name: `entity ${label}`,
      label,
      color,
      ...(key !== undefined && { key }),
      ...(description !== undefined && { description }),
      given: given('entity', label),
    })),
    ...types.relations.map(({ label, key, head, tail, symmetric, description }) => ({
      name: `relation ${label}`,
      label,
      form: `${head.join(' or ')} ${symmetric ? '↔' : '→'} ${tail.join(' or ')}`,
      ...(key !== undefined && { key }),
      ...(description !== undefined && { description }),
      given: given('relation', label),
    })),
    ...types.classes.map(({ label, values, multiple, description }) => ({
      name: `class ${label}`,
      label,
      form: `${multiple ? 'any of' : 'one of'} ${values.map(({ value }) => value).join(', ')}`,
      ...(description !== undefined && { description }),
      given: given('class', label),
    })),
  ];
}

/** Examples of a class, for which every value has a few, are shown by value. */
const SHOWN_A_VALUE = 2;

/** `withName`: on its own, not under a heading that has its name and description. */
export function renderCard(
  { label, key, color, description, form, given }: LabelCard,
  withName: boolean,
): TemplateResult {
  const seen = new Map<string | undefined, number>();
  const examples = (given?.examples ?? []).filter(({ value }) => {
    const before = seen.get(value) ?? 0;
    seen.set(value, before + 1);
    return value === undefined || before < SHOWN_A_VALUE;
  });
  return html`
    ${
      withName
        ? html`<div class="card-name">
            ${color === undefined ? nothing : html`<span class="swatch" ${place({ '--label': color })}></span>`}<b>${label}</b>${key === undefined ? nothing : html`<kbd>${showKey(key)}</kbd>`}
          </div>`
        : nothing
    }
    ${withName && description !== undefined ? html`<div>${description}</div>` : nothing}
    ${form === undefined ? nothing : html`<div class="form">${form}</div>`}
    ${
      given === undefined
        ? nothing
        : given.count === 0
          ? html`<div class="form">No example yet</div>`
          : html`<div class="form">${given.count} accepted${examples.length === 0 ? '' : ', such as'}</div>
              <ul class="examples">
                ${examples.map(renderExample)}
              </ul>`
    }
  `;
}

function renderExample({ before, text, after, value, times }: LabelExample): TemplateResult {
  return html`<li>
    ${value === undefined ? nothing : html`<i>${value}:</i> `}<bdi>${before === '' ? nothing : html`<span class="around">…${before}</span>`}<mark>${text}</mark>${
      after === '' ? nothing : html`<span class="around">${after}…</span>`
    }</bdi>${times > 1 ? html` <span class="times" title="So often">×${times}</span>` : nothing}
  </li>`;
}

export const cardStyles = css`
  .card-name {
    display: flex;
    align-items: center;
    gap: 2px;
    margin-bottom: 2px;
  }
  .swatch {
    width: 9px;
    height: 9px;
    border-radius: 2px;
    margin-inline-end: 5px;
    background: var(--label);
    border: 1px solid var(--vscode-contrastBorder, transparent);
  }
  .form,
  .around,
  .times {
    color: var(--vscode-descriptionForeground);
  }
  .examples {
    margin: 2px 0 0;
    padding-inline-start: 16px;
  }
  mark {
    color: inherit;
    background: none;
    font-weight: 600;
    text-decoration: underline;
    text-decoration-thickness: 1px;
    text-underline-offset: 3px;
  }
`;
