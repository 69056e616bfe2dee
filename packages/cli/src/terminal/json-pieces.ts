/** A large answer as JSON, in pieces: whole it would need several times the memory of what it tells. */

/** Shortest piece but the last, in characters. */
const PIECE = 65_536;

/** `JSON.stringify(value, null, 2)` piece by piece, made as they are asked for. */
export function* jsonPieces(value: object): Generator<string> {
  let piece = '';
  for (const part of membersOf(value, '', jsonMember)) {
    piece += part;
    if (piece.length < PIECE) continue;
    yield piece;
    piece = '';
  }
  yield piece;
}

/** A member of the answer itself: its own members one by one. */
function* jsonMember(member: unknown, indent: string): Generator<string> {
  if (typeof member === 'object' && member !== null) yield* membersOf(member, indent, wholeMember);
  else yield* wholeMember(member, indent);
}

function* wholeMember(member: unknown, indent: string): Generator<string> {
  // Line ends inside of texts are escaped: these are all of the layout.
  yield JSON.stringify(member, null, 2).replaceAll('\n', `\n${indent}`);
}

function* membersOf(
  value: object,
  indent: string,
  write: (member: unknown, indent: string) => Generator<string>,
): Generator<string> {
  const isList = Array.isArray(value);
  const inner = `${indent}  `;
  let before = isList ? '[' : '{';
  let isEmpty = true;
  for (const key of Object.keys(value)) {
    const member: unknown = Reflect.get(value, key);
    if (member === undefined) continue;
    yield `${before}\n${inner}${isList ? '' : `${JSON.stringify(key)}: `}`;
    yield* write(member, inner);
    before = ',';
    isEmpty = false;
  }
  const end = isList ? ']' : '}';
  yield isEmpty ? `${before}${end}` : `\n${indent}${end}`;
}
