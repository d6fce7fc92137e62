import { z } from 'zod';
import { Annotation } from '../labels/annotation.js';
import { SyntheticRecord } from '../labels/synthetic.js';
import { Explanation, explanationLines, SHORT_LIST, StrategyName } from './explanation.js';
import { Progress } from './progress.js';
import { QueueFilter } from './queue-filter.js';

/**
 * Host ↔ engine, over vscode-jsonrpc. One schema a message: whoever receives it parses it first.
 * Offsets are code points into the document.
 */

export { Explanation, explanationLines, SHORT_LIST, StrategyName };
export const CandidateKind = z.enum(['entity', 'relation', 'class']);
export type CandidateKind = z.infer<typeof CandidateKind>;

export const EngineSettings = z.object({
  strategy: StrategyName,
  /** Slug of the person at the keyboard: passages that they reviewed leave the queue. */
  annotator: z.string(),
  /** A bundled model's name, an id on the hub, or a folder. */
  model: z.string(),
  runtime: z.enum(['auto', 'native', 'wasm']),
  seed: z.int(),
  /** Overrides the project's unit when set. */
  unit: z.enum(['sentence', 'paragraph', 'document']).optional(),
  /** Share of the queue that chance chooses, for honest estimates; absent for none. */
  randomShare: z.number().min(0).max(1).optional(),
  /** Share of the passages that arrive while the engine runs to ask about at once; absent for none. */
  streamBudget: z.number().min(0).max(1).optional(),
  /** Quality that the user wants, as a share. */
  target: z.number().min(0).max(1).optional(),
});
export type EngineSettings = z.infer<typeof EngineSettings>;

const range = z.object({ start: z.int(), end: z.int() });
export const PassageKey = z.object({ doc: z.string(), start: z.int(), end: z.int() });
export type PassageKey = z.infer<typeof PassageKey>;

export const Candidate = z.object({
  kind: CandidateKind,
  doc: z.string(),
  /** Entity: its spans; relation: head then tail; class: the passage. */
  spans: z.array(range),
  text: z.string(),
  passage: range,
  /** Class: which of the project's classes. */
  class: z.string().optional(),
  /** Relation: ids of head and tail. */
  head: z.string().optional(),
  tail: z.string().optional(),
  distribution: z.record(z.string(), z.number()),
  score: z.number(),
  strategy: StrategyName,
  /** Of a made-up passage. */
  synthetic: z.literal(true).optional(),
});
export type Candidate = z.infer<typeof Candidate>;

/** A candidate whose best label is not 'none', offered to the person. */
export const Suggestion = z.object({
  kind: CandidateKind,
  label: z.string(),
  /** Class: the value. */
  value: z.string().optional(),
  spans: z.array(range),
  /** Relation: annotation ids of its ends. */
  head: z.string().optional(),
  tail: z.string().optional(),
  probability: z.number(),
});
export type Suggestion = z.infer<typeof Suggestion>;

/** How a queued passage came to be asked: goes into the review's `query`. */
export const QueuedPassage = z.object({
  key: PassageKey,
  /** First words, for the tree. */
  text: z.string(),
  score: z.number(),
  strategy: StrategyName,
  seed: z.int(),
  model: z.string(),
  state: z.string(),
  /** In doubt first; at most a handful. */
  candidates: z.array(Candidate),
  suggestions: z.array(Suggestion),
  /** Why it is asked about. */
  explanation: Explanation,
  /** Made up: nobody wrote it. */
  synthetic: z.literal(true).optional(),
});
export type QueuedPassage = z.infer<typeof QueuedPassage>;

export const Problem = z.object({
  file: z.string(),
  line: z.int(),
  severity: z.enum(['error', 'warning', 'information']),
  code: z.string(),
  message: z.string(),
});

export const ModelInfo = z.object({
  name: z.string(),
  hash: z.string(),
  dimensions: z.int(),
  maxPieces: z.int(),
  runtime: z.enum(['native', 'wasm']),
  reason: z.string(),
});

export const QueueStatus = z.object({
  /** Grows with each re-ranking. */
  version: z.int(),
  passages: z.int(),
  /** Passages that the annotator has accepted, rejected or skipped. */
  reviewed: z.int(),
  /** Hash of the labels that the heads were fitted on; '' before the first fit. */
  state: z.string(),
});
export type QueueStatus = z.infer<typeof QueueStatus>;

export const DocumentRef = z.object({
  id: z.string(),
  file: z.string(),
  kind: z.enum(['text', 'markdown', 'jsonl', 'csv']),
  start: z.int(),
  end: z.int(),
  line: z.int(),
});

/** name → params and result. A request can be cancelled; it then fails with RequestCancelled. */
export const requests = {
  /** Loads project, corpus index and labels from disk and begins to work in the background. */
  start: {
    params: z.object({
      folder: z.string(),
      storage: z.string(),
      models: z.string(),
      /** Folder of downloaded models: the engine reads it, and fetches nothing. */
      downloads: z.string().optional(),
      settings: EngineSettings,
    }),
    result: z.object({ pid: z.int() }),
  },
  configure: { params: z.object({ settings: EngineSettings }), result: z.object({}) },
  /** Ranked candidates, most informative first. */
  candidates: {
    params: z.object({
      kind: CandidateKind.optional(),
      filter: QueueFilter.optional(),
      offset: z.int(),
      limit: z.int(),
    }),
    result: z.object({ status: QueueStatus, items: z.array(Candidate) }),
  },
  /** Ranked passages that the annotator has not reviewed, or those that fit a filter; `exclude` left out. */
  passages: {
    params: z.object({
      exclude: z.array(PassageKey),
      filter: QueueFilter.optional(),
      offset: z.int(),
      limit: z.int(),
    }),
    result: z.object({
      status: QueueStatus,
      items: z.array(QueuedPassage),
      /** Passages that fit the filter, `exclude` included. */
      matching: z.int().optional(),
    }),
  },
  /** Passages whose text fits what was typed, reviewed or not, best first. */
  find: {
    params: z.object({ text: z.string(), limit: z.int().min(1).max(200) }),
    result: z.object({ items: z.array(z.object({ key: PassageKey, text: z.string() })) }),
  },
  /**
   * The passages of some documents, or those that reach into a stretch of one, reviewed or not, in the order of the
   * text: what the queue would show of each.
   */
  documents: {
    params: z.object({
      places: z.array(z.object({ doc: z.string(), within: range.optional() })).max(100),
    }),
    result: z.object({ items: z.array(QueuedPassage) }),
  },
  /** The same view of one given passage, reviewed or not. */
  passage: { params: z.object({ key: PassageKey }), result: z.object({ item: QueuedPassage.nullable() }) },
  /** How far the person is, and how good the heads are; the estimates come when there is time (`progressChanged`). */
  progress: { params: z.object({}), result: Progress },
  /**
   * Makes up passages where the model is torn, of accepted ones; fewer than asked for where there are too few. The host
   * writes them; the engine then asks about them first.
   */
  synthesise: {
    params: z.object({ count: z.int().min(1).max(200) }),
    result: z.object({ items: z.array(SyntheticRecord) }),
  },
  /** Where a document lives, so that the host can read it. */
  locate: { params: z.object({ doc: z.string() }), result: z.object({ ref: DocumentRef.nullable() }) },
  stop: { params: z.object({}), result: z.object({}) },
} as const;

/** Host → engine. */
export const hostNotifications = {
  /** Lines that the host has written; applied on top of what `start` read. */
  labelsChanged: z.object({ put: z.array(Annotation), removed: z.array(z.string()) }),
  /** Label files were changed by git, by hand or by another window: read them again. */
  labelsReloaded: z.object({}),
  /** Corpus files (workspace-relative) that changed, appeared or vanished. */
  filesChanged: z.object({ files: z.array(z.string()) }),
  /** marginalia.json was changed: read it again. */
  projectChanged: z.object({}),
  /** Models were downloaded or removed: one that could not be used is tried again. */
  modelsChanged: z.object({}),
} as const;

/** Engine → host. */
export const engineNotifications = {
  progress: z.object({
    stage: z.enum(['scan', 'model', 'embed', 'train', 'rank']),
    done: z.int(),
    /** 0 where it is not known. */
    total: z.int(),
  }),
  /** All background work is done for now. */
  idle: z.object({}),
  /** There are new estimates to ask for. */
  progressChanged: z.object({}),
  queueChanged: z.object({ status: QueueStatus }),
  model: z.object({ info: ModelInfo }),
  /**
   * What becomes of the model that the settings name: it is loaded, then its vectors are made while the one before stays
   * in use, then it is in use. `missing`: not downloaded; `refused`: cannot be used. In both cases the one before stays.
   */
  modelChange: z.object({
    model: z.string(),
    state: z.enum(['loading', 'embedding', 'inUse', 'missing', 'refused']),
    /** Passages with vectors, of those that are needed before it takes over. */
    done: z.int(),
    total: z.int(),
    /** Why it is not used. */
    message: z.string(),
  }),
  /** Languages of the corpus (ISO 639-1), most of it first. */
  languages: z.object({ shares: z.array(z.object({ language: z.string(), share: z.number() })) }),
  problems: z.object({ problems: z.array(Problem) }),
  log: z.object({ level: z.enum(['debug', 'info', 'warn', 'error']), message: z.string() }),
} as const;

export type Requests = typeof requests;
export type RequestName = keyof Requests;
export type Params<N extends RequestName> = z.infer<Requests[N]['params']>;
export type Result<N extends RequestName> = z.infer<Requests[N]['result']>;
export type HostNotification = keyof typeof hostNotifications;
export type EngineNotification = keyof typeof engineNotifications;
