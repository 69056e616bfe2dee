/** The vocabulary of the generated models: byte-pair encoding over 256 bytes and some English words. */

/** How the GPT-2 vocabulary writes bytes: printable ones as themselves, the others from U+0100 on. */
export function byteSymbols(): string[] {
  const printable = (byte: number) =>
    (byte >= 0x21 && byte <= 0x7e) || (byte >= 0xa1 && byte <= 0xac) || byte >= 0xae;
  let next = 0x100;
  return Array.from({ length: 256 }, (_, byte) => String.fromCodePoint(printable(byte) ? byte : next++));
}

/** Words that are one token each when a space comes before them. Any list would do; this one is fixed. */
const WORDS =
  `the of and to in is that it for on with as was at by be this have from or one had not but what all
were when we there can an your which their said if do will each about how up out them then she many some so these
would other into has more her two like him see time could no make than first been its who now people my made over
did down only way find use may water long little very after words called just where most know energy power model
token engine batch cache memory measure joule watt second result number value order world house light paper river
stone forest winter summer morning evening garden window letter story music colour friend mother father child
school country city street market bridge mountain island ocean weather history science nature language question
answer reason system machine process design pattern signal network surface
measurement interval sample error`.split(/\s+/);

const END_OF_TEXT = '<|endoftext|>';
const START_OF_TURN = '<|start|>';
const END_OF_TURN = '<|end|>';

/** Values of `tokenizer.ggml.token_type`. */
export const TOKEN_TYPE = { normal: 1, control: 3, unused: 5 } as const;

export interface Vocabulary {
  readonly tokens: readonly string[];
  readonly types: readonly number[];
  readonly merges: readonly string[];
  readonly endOfText: number;
  readonly endOfTurn: number;
  /** Inclusive range of ids that are words or parts of words, for synthetic prompts. */
  readonly words: { readonly first: number; readonly last: number };
  /** Jinja template of a conversation. */
  readonly chatTemplate: string;
}

/** Builds the vocabulary, filled up with unused tokens to `size`. */
export function makeVocabulary(size: number): Vocabulary {
  const tokens = byteSymbols();
  const space = tokens[0x20] ?? ' ';
  const known = new Set(tokens);
  const merges: string[] = [];
  for (const word of WORDS) {
    let left = space;
    for (const symbol of word) {
      const joined = left + symbol;
      if (!known.has(joined)) {
        known.add(joined);
        tokens.push(joined);
        merges.push(`${left} ${symbol}`);
      }
      left = joined;
    }
  }
  const words = { first: 256, last: tokens.length - 1 };
  const specials = [END_OF_TEXT, START_OF_TURN, END_OF_TURN];
  if (tokens.length + specials.length > size)
    throw new Error(`the vocabulary does not fit into ${size} tokens`);
  const firstSpecial = tokens.length;
  tokens.push(...specials);
  while (tokens.length < size) tokens.push(`<|unused_${tokens.length}|>`);
  return {
    tokens,
    types: tokens.map((_, id) => {
      if (id < firstSpecial) return TOKEN_TYPE.normal;
      return id < firstSpecial + specials.length ? TOKEN_TYPE.control : TOKEN_TYPE.unused;
    }),
    merges,
    endOfText: firstSpecial,
    endOfTurn: firstSpecial + 2,
    words,
    chatTemplate:
      `{% for message in messages %}${START_OF_TURN}{{ message['role'] }}\n{{ message['content'] }}${END_OF_TURN}\n{% endfor %}` +
      `{% if add_generation_prompt %}${START_OF_TURN}assistant\n{% endif %}`,
  };
}
