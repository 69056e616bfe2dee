/** Dataset: a source of prompts. Prepared once by the harness, then read in a thread beside the load. */
import type { ModelFacts } from './backend.js';
import type { Workload } from './workload.js';

/** One message of a chat. */
export interface ChatMessage {
  readonly role: 'system' | 'user' | 'assistant';
  readonly content: string;
}

/** Token ids and text go to a completion, text and messages to a chat. */
export type PromptContent = readonly number[] | string | readonly ChatMessage[];

/** A later turn of a conversation, sent when the one before it was answered. */
export interface FollowUp {
  /**
   * Text and messages: what is said after the answer. Token ids: the whole next prompt, since a client does not know the
   * ids of an answer.
   */
  readonly content: PromptContent;
  /** Length of the whole prompt in tokens; null when it is not known beforehand. */
  readonly inputTokens: number | null;
  readonly outputTokens: number;
}

export interface Prompt {
  readonly content: PromptContent;
  /** Exact length in tokens; null when it is not known beforehand. */
  readonly inputTokens: number | null;
  readonly outputTokens: number;
  /** Seconds after the start at which it was sent when it was recorded; what `arrival: { process: trace }` goes by. */
  readonly atS?: number;
  readonly followUps?: readonly FollowUp[];
}

/** What a data set may need to know. Plain data. */
export interface DatasetRequest {
  readonly seed: number;
  readonly workload: Workload;
  readonly model: ModelFacts;
}

/** What became of the records of a source: lines, conversations, rows. */
export interface DatasetRecords {
  readonly read: number;
  /** Those that prompts are made of. */
  readonly used: number;
  /** Conversations among them that end earlier than they would, because a later turn does not fit. */
  readonly shortened: number;
  /** Those that are not used, by why: `prompt-too-long`, `answer-too-long`, `empty`. What did not occur is left out. */
  readonly leftOut: Readonly<Record<string, number>>;
  /** False when nobody could tell how long texts are, so that none was left out for its length. */
  readonly measured: boolean;
}

/** What is known of a data set once it is there. */
export interface DatasetFacts {
  /** A commit or tag of its source; null when it has none. */
  readonly revision: string | null;
  /** SHA-256 of its file or files; null when it is made, not read. */
  readonly hash: string | null;
  /** How many prompts there are; null when they do not run out. */
  readonly prompts: number | null;
  /** True when prompts have beginnings in common on purpose, so that hits of a prefix cache are meant. */
  readonly sharedPrefix: boolean;
  /** True when the same prompts come again once they have run out. */
  readonly repeats: boolean;
  /** Null when it is made, not read. */
  readonly records: DatasetRecords | null;
}

/** Whether prompts are meant to hit a prefix cache: they begin alike on purpose, or later turns go on where earlier ones ended. */
export const meansCacheHits = (
  { shared_prefix_tokens: prefix, turns }: Pick<Workload, 'shared_prefix_tokens' | 'turns'>,
  { sharedPrefix }: Pick<DatasetFacts, 'sharedPrefix'>,
): boolean => prefix > 0 || turns > 1 || sharedPrefix;

/** An instance is bound to its options by `create(context, options)`. */
export interface Dataset {
  /**
   * The I/O: fetches and checks what it needs, and tells what it is. Throws LLEM_E_PREPARE when it is not to be had, or
   * when workload and model ask for what it cannot give. One that takes long calls `progress` now and then with the share
   * that is done, 0 to 1.
   */
  prepare(
    request: DatasetRequest,
    signal: AbortSignal,
    progress: (share: number) => void,
  ): Promise<DatasetFacts>;
  /** Prompts in a seeded order; the same request gives the same prompts. After `prepare`. */
  open(request: DatasetRequest): AsyncIterable<Prompt> | Iterable<Prompt>;
}
