/** Answers of servers that are read as a whole, as far as they may be long. */

/**
 * The text of an answer, UTF-8; null where it has more than `mostBytes`. It is read no further then: what answers at a wrong
 * address may be larger than memory, or have no end. Rejects as the connection fails.
 */
export async function textWithin(
  { body }: Pick<Response, 'body'>,
  mostBytes: number,
): Promise<string | null> {
  if (body === null) return '';
  const reader = body.getReader();
  const decoder = new TextDecoder();
  let text = '';
  let bytes = 0;
  for (;;) {
    const piece: { readonly done: boolean; readonly value?: unknown } = await reader.read();
    const { value } = piece;
    if (piece.done || !(value instanceof Uint8Array)) return text + decoder.decode();
    bytes += value.length;
    if (bytes > mostBytes) {
      await reader.cancel();
      return null;
    }
    text += decoder.decode(value, { stream: true });
  }
}
