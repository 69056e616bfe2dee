/** What to say of a command that llem does not have. */
import { readFileSync } from 'node:fs';

export interface Explained {
  readonly message: string;
  readonly remedy: string;
}

/** `written` is what oclif looked for, `plugins:bogus`; `commands` are the ids of those that there are. */
export function explainUnknownCommand(
  written: string,
  commands: readonly string[] = ownCommands(),
): Explained {
  const words = written.split(':');
  const [known, next] = longestKnown(words, commands);
  if (known.length === 0 || next === undefined) {
    return {
      message: `There is no command "${words.join(' ')}".`,
      remedy: 'Run `llem --help` to see the commands.',
    };
  }
  const command = `llem ${known.join(' ')}`;
  const inner = commandsUnder(known.join(':'), commands);
  if (inner.length === 0) {
    return {
      message: `\`${command}\` takes no arguments.`,
      remedy: `Leave out what follows it, or see \`${command} --help\`.`,
    };
  }
  return {
    message: `\`${command}\` has no command "${next}".`,
    remedy: `It has: ${inner.join(', ')}; \`${command} --help\` says what they do.`,
  };
}

/** The words at the beginning that are a command or have commands under them, and the word after these. */
function longestKnown(
  words: readonly string[],
  commands: readonly string[],
): [known: readonly string[], next: string | undefined] {
  for (let length = words.length; length > 0; length -= 1) {
    const known = words.slice(0, length);
    const id = known.join(':');
    if (commands.includes(id) || commandsUnder(id, commands).length > 0) return [known, words[length]];
  }
  return [[], undefined];
}

function commandsUnder(id: string, commands: readonly string[]): string[] {
  return commands.filter((one) => one.startsWith(`${id}:`)).map((one) => one.slice(id.length + 1));
}

/** As the build has gathered them; none where that cannot be read. */
function ownCommands(): string[] {
  try {
    const manifest: unknown = JSON.parse(
      readFileSync(new URL('../../oclif.manifest.json', import.meta.url), 'utf8'),
    );
    const commands: unknown = Reflect.get(Object(manifest), 'commands');
    return typeof commands === 'object' && commands !== null ? Object.keys(commands) : [];
  } catch {
    return [];
  }
}
