import type { ProjectFile } from './project-schema.js';

/** Label schemas to begin with, one per common task: what 'Create Project' and `marginalia init --template` write. */

export const TEMPLATES = ['ner', 'relations', 'sentiment', 'pii'] as const;
export type TemplateId = (typeof TEMPLATES)[number];

/** The one that is used where nobody chose: what is not wanted of it is easily deleted. */
export const DEFAULT_TEMPLATE: TemplateId = 'relations';

type Labels = { readonly [Group in 'entities' | 'relations' | 'classes']: NonNullable<ProjectFile[Group]> };

export interface Template extends Labels {
  /** What the task is called. */
  readonly title: string;
  /** What it is for, in a sentence. */
  readonly about: string;
  /** Whether a record of a JSONL or CSV file is one passage: one opinion is judged as a whole. */
  readonly wholeRecords: boolean;
}

export const templates: Readonly<Record<TemplateId, Template>> = {
  ner: {
    title: 'Named entities',
    about: 'Who, where, what and when: names in the text, by kind.',
    wholeRecords: false,
    entities: {
      Person: { key: 'p', description: 'A named human being, without title or office' },
      Organisation: { key: 'o', description: 'A named company, public body, association or other group that acts' },
      Place: { key: 'l', description: 'A named country, town, water, road, building or other spot on the map' },
      Work: { key: 'w', description: 'The title of a book, film, song, law or other work' },
      Product: { key: 'd', description: 'A named thing that is made and offered: goods, models, programs' },
      Event: { key: 'm', description: 'A named happening: a festival, match, war, storm or conference' },
      Time: { key: 'i', description: 'A date, time or period that can be found on a calendar or clock' },
    },
    relations: {},
    classes: {},
  },
  relations: {
    title: 'Entities and relations',
    about: 'Names, and what links them: who works where, what belongs to what.',
    wholeRecords: false,
    entities: {
      Person: { key: 'p', description: 'A named human being, without title or office' },
      Organisation: { key: 'o', description: 'A named company, public body, association or other group that acts' },
      Place: { key: 'l', description: 'A named country, town, water, road, building or other spot on the map' },
    },
    relations: {
      worksFor: {
        key: 'w',
        head: ['Person'],
        tail: ['Organisation'],
        description: 'Is employed by, runs or holds office in',
      },
      partOf: {
        key: 'm',
        head: ['Organisation'],
        tail: ['Organisation'],
        description: 'Is a department, branch or subsidiary of',
      },
      locatedIn: {
        key: 'i',
        head: ['Organisation', 'Place'],
        tail: ['Place'],
        description: 'Stands in, is based in or lies in',
      },
      relatedTo: {
        key: 'b',
        head: ['Person'],
        tail: ['Person'],
        symmetric: true,
        description: 'Is kin or married to',
      },
    },
    classes: {},
  },
  sentiment: {
    title: 'Sentiment',
    about: 'How whoever speaks feels about what the passage is about.',
    wholeRecords: true,
    entities: {},
    relations: {},
    classes: {
      sentiment: {
        values: ['positive', 'negative', 'neutral', 'mixed'],
        multiple: false,
        description:
          'The attitude that the words show, not the one that a reader has: neutral where there is none, mixed where there is praise and blame',
      },
    },
  },
  pii: {
    title: 'Personal data',
    about: 'What identifies a person or reaches one: to find it, count it or black it out.',
    wholeRecords: false,
    entities: {
      Name: { key: 'p', description: 'The name of a private person, or part of it; not that of a company' },
      Email: { key: 'm', description: 'An e-mail address' },
      Phone: { key: 'c', description: 'A telephone or fax number, with its area code' },
      Address: { key: 'l', description: 'A postal address or part of one that narrows it to a few households' },
      Birth: { key: 'b', description: 'A date or place of birth, or an exact age' },
      IdNumber: { key: 'i', description: 'A number that an authority or firm gave a person: passport, tax, customer' },
      Account: { key: 'd', description: 'A bank account, card number or other means of payment' },
      Online: { key: 'o', description: 'A user name, profile link, IP address or device number' },
      Secret: { key: 'w', description: 'A password, PIN, token or answer to a security question' },
    },
    relations: {},
    classes: {},
  },
};
