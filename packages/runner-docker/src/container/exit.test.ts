/** What is said of the end of a container. */
import { describe, expect, it } from 'vitest';
import { abandonedExit, exitOf, removedExit, stateSchema } from './exit.js';
import { ADDRESS } from './host.fixture.js';

const ended = { address: ADDRESS, name: 'llem-1', image: 'engine:1', memoryBytes: null };
const exit = (state: object, more: object = {}, lastWords = '') =>
  exitOf(
    stateSchema.parse({ Running: false, ExitCode: 0, Status: 'exited', ...state }),
    { ...ended, ...more },
    lastWords,
  );

it.each([
  ['the code that its program ended with', { ExitCode: 3 }, { code: 3, signal: null }],
  ['a kill by hand, which has no other cause', { ExitCode: 137 }, { code: null, signal: 'SIGKILL' }],
  ['a crash', { ExitCode: 139 }, { code: null, signal: 'SIGSEGV' }],
  ['a code that is no signal', { ExitCode: 255 }, { code: 255, signal: null }],
])('tells %s', (_, state, expected) => {
  expect(exit(state)).toEqual(expected);
});

describe('memory', () => {
  it('is the cause where the kernel killed for it, with the limit', () => {
    expect(exit({ ExitCode: 137, OOMKilled: true }, { memoryBytes: 1.5 * 2 ** 30 })).toEqual({
      code: null,
      signal: 'SIGKILL',
      cause: {
        class: 'out-of-memory',
        message: 'The container needed more memory than its limit of 1.50 GiB.',
        remedy: 'Raise `memory_gib` in the options of the runner, or leave it out.',
      },
    });
  });

  it('is the cause as well where a process was killed and the engine ended over it', () => {
    expect(exit({ ExitCode: 1, OOMKilled: true })).toMatchObject({
      code: 1,
      cause: { class: 'out-of-memory' },
    });
  });

  it('is none where the engine ended well', () => {
    expect(exit({ OOMKilled: true })).toEqual({ code: 0, signal: null });
  });
});

it('keeps what the engine says went wrong', () => {
  expect(exit({ ExitCode: 128, Error: 'the shim is gone' }).cause?.message).toContain('the shim is gone');
});

describe('a program', () => {
  it.each([
    [127, 'No such file or directory', 'The image engine:1 has no program `serve`.'],
    [
      126,
      'Permission denied',
      'The program `serve` of the image engine:1 cannot be started: Permission denied.',
    ],
  ])('that is not started (%i) is named', (ExitCode, why, message) => {
    const { cause } = exit({ ExitCode }, {}, `[FATAL tini (7)] exec serve failed: ${why}\n`);
    expect([cause?.class, cause?.message]).toEqual(['bad-entrypoint', message]);
  });

  it.each([
    [
      'No such file or directory',
      'at once',
      'ERROR (catatonit:2): failed to exec pid1: No such file or directory\n',
    ],
    [
      'Permission denied',
      'after others',
      'a: b\nERROR (catatonit:2): failed to exec pid1: Permission denied\n',
    ],
  ])('that is not started by Podman (%s, %s) is told as well', (why, _, lastWords) => {
    const { cause } = exit({ ExitCode: 1 }, {}, lastWords);
    expect([cause?.class, cause?.message]).toEqual([
      'bad-entrypoint',
      `What the container is to run in the image engine:1 cannot be started: ${why}.`,
    ]);
  });

  it('that itself ends so is none that was not started', () => {
    expect(exit({ ExitCode: 127 }, {}, 'sh: serve: not found\n')).toEqual({ code: 127, signal: null });
  });
});

it.each(['removing', 'dead'])('tells one that is being removed (%s) for removed', (Status) => {
  expect(exit({ ExitCode: 137, Status }).cause?.class).toBe('container-removed');
});

it('tells a container, or an engine, that is not there any more', () => {
  expect(removedExit(ended)).toMatchObject({ code: null, cause: { class: 'container-removed' } });
  expect(abandonedExit(ended, 'All ended.').cause).toMatchObject({
    class: 'docker-gone',
    message:
      'The Docker engine at unix:///var/run/docker.sock (default) went away while the container ran. All ended.',
  });
});
