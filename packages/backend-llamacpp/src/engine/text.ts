/** Tokens as text: exact bytes of each token, joined so that a character split over tokens comes out whole. */
import { byteSymbols } from '../model/vocabulary.js';
import type { AddonModel } from './addon.js';

/** llama.cpp's `llama_vocab_type` and `llama_token_attr`. */
const VOCABULARY = { sentencePiece: 1, bytePair: 2 } as const;
const ATTRIBUTE = { unknown: 1, unused: 2, control: 8, userDefined: 16, byte: 32 } as const;

/** Gives the bytes of tokens; each token is asked of llama.cpp once. */
export function tokenBytesOf(model: AddonModel): (token: number) => Uint8Array {
  const known = new Map<number, Uint8Array>();
  const byteOf = new Map(byteSymbols().map((symbol, byte) => [symbol, byte]));
  const kind = model.getVocabularyType();
  const bytes = (token: number): Uint8Array => {
    const attributes = model.getTokenAttributes(token);
    if (attributes & (ATTRIBUTE.control | ATTRIBUTE.unknown | ATTRIBUTE.unused)) return Buffer.alloc(0);
    const piece = model.getTokenString(token);
    if (attributes & ATTRIBUTE.userDefined) return Buffer.from(piece, 'utf8');
    if (kind === VOCABULARY.bytePair) {
      const symbols = Array.from(piece, (symbol) => byteOf.get(symbol));
      if (symbols.every((byte) => byte !== undefined)) return Uint8Array.from(symbols);
    }
    if (kind === VOCABULARY.sentencePiece) {
      const byte = /^<0x([0-9A-F]{2})>$/.exec(piece)?.[1];
      if (attributes & ATTRIBUTE.byte && byte !== undefined) return Buffer.from(byte, 'hex');
      return Buffer.from(piece.replaceAll('\u2581', ' '), 'utf8');
    }
    return Buffer.from(model.detokenize(Uint32Array.of(token), false), 'utf8');
  };
  return (token) => {
    let found = known.get(token);
    if (found === undefined) {
      found = bytes(token);
      known.set(token, found);
    }
    return found;
  };
}

export interface TextDecoderOfTokens {
  /** The text that this token completes; empty while a character is unfinished. `last` flushes what is left. */
  next(token: number, last: boolean): string;
}

export function textDecoder(tokenBytes: (token: number) => Uint8Array): TextDecoderOfTokens {
  const decoder = new TextDecoder('utf-8', { ignoreBOM: true });
  return { next: (token, last) => decoder.decode(tokenBytes(token), { stream: !last }) };
}
