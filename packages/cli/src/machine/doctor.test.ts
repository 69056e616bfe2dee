import { absent, failed, ok, type Check } from '@llem/core';
import { describe, expect, it } from 'vitest';
import { createPluginModules } from '../plugins/modules.js';
import type { Provided } from '../plugins/discovery.js';
import { createPaint } from '../terminal/text.js';
import { nodeFinding, roomFinding } from './checks.js';
import { diagnosisText, examine as examineWith, type DoctorRequest } from './doctor.js';

// Matchers have the type any; as unknown they can stand in an expected value.
const containing = (text: string): unknown => expect.stringContaining(text);

/** A module whose one check finds what is given; as a data URL, so that it shares nothing with this process's core. */
function provided(kind: Provided['kind'], id: string, status: string): Provided {
  const finding = JSON.stringify({
    status,
    message: `${id} looked`,
    remedy: status === 'ok' ? '' : 'Do it.',
  });
  const methods: Record<string, string> = {
    backend: 'constraints, prepare, service, dialect, describe, diagnose',
    runner: 'target, start',
    meter: 'devices, channels, open',
    dataset: 'open',
  };
  const names = methods[kind] ?? '';
  const source = `
    const none = () => null;
    export const options = { jsonSchema: {}, parse: (value) => ({ ok: true, value }) };
    export const create = () => ({
      ${names
        .split(', ')
        .map((name) => `${name}: none`)
        .join(', ')},
      checks: () => [{ id: '${id}.check', title: 'Look', run: async () => {
        if ('${status}' === 'throws') throw new Error('broken check');
        if ('${status}' === 'hangs') return new Promise(none);
        return ${finding};
      } }],
    });`;
  return {
    kind,
    id,
    package: id,
    version: '1.0.0',
    source: 'core',
    moduleUrl: `data:text/javascript,${encodeURIComponent(source)}`,
  };
}

const modules = (...all: Provided[]) =>
  createPluginModules({ provided: all, problems: [], unknown: [] }, { cacheDir: '/cache' });
const oneOfEach = [
  provided('backend', 'b', 'ok'),
  provided('runner', 'r', 'ok'),
  provided('meter', 'm', 'ok'),
  provided('dataset', 'd', 'ok'),
] as const;
const paint = createPaint({}, {});
const examine = (
  from: DoctorRequest['modules'],
  own: DoctorRequest['own'],
  rest: Partial<DoctorRequest> = {},
) => examineWith({ modules: from, own, fix: false, ...rest });

describe('examine', () => {
  it('is content when one of each kind works, whatever else fails', async () => {
    const diagnosis = await examine(modules(...oneOfEach, provided('meter', 'n', 'failed')), []);
    expect(diagnosis.missing).toEqual([]);
    expect(diagnosisText(diagnosis, paint)).toContain('llem can measure here.');
    expect(diagnosisText(diagnosis, paint)).toContain('what to do: Do it.');
  });

  it('names the kinds of which nothing works', async () => {
    const diagnosis = await examine(
      modules(provided('runner', 'r', 'ok'), provided('meter', 'm', 'failed')),
      [],
    );
    expect(diagnosis.missing).toEqual(['backend', 'dataset', 'meter']);
    expect(diagnosisText(diagnosis, paint)).toContain('no backend and no data set and no meter works');
  });

  it.each([
    ['throws', 'The check itself failed: broken check'],
    ['hangs', 'did not end in 0.05 s'],
  ])('survives a check that %s', async (status, message) => {
    const diagnosis = await examine(modules(...oneOfEach, provided('backend', 'x', status)), [], {
      limitMs: 50,
    });
    expect(diagnosis.examined.find(({ subject }) => subject === 'backend x')?.findings).toMatchObject([
      { status: 'failed', message: containing(message) },
    ]);
  });

  it('survives a plugin that cannot be loaded', async () => {
    const broken = {
      ...provided('meter', 'x', 'ok'),
      moduleUrl: 'data:text/javascript,throw new Error("no")',
    };
    const diagnosis = await examine(modules(...oneOfEach, broken), []);
    expect(diagnosis.examined.find(({ subject }) => subject === 'meter x')?.findings).toMatchObject([
      { status: 'failed', message: containing('cannot be loaded') },
    ]);
  });

  it('reports its own checks first, with what to do', async () => {
    const own: Check = {
      id: 'llem.x',
      title: 'X',
      run: () => Promise.resolve(failed('x is off', 'Turn it on.')),
    };
    const text = diagnosisText(await examine(modules(...oneOfEach), [own]), paint);
    expect(text.startsWith('llem\n  failed   X: x is off\n           what to do: Turn it on.')).toBe(true);
  });

  it('does not call broken what the machine does not have', async () => {
    const own: Check = {
      id: 'llem.x',
      title: 'X',
      run: () => Promise.resolve(absent('no x here', 'Buy one.')),
    };
    const text = diagnosisText(await examine(modules(...oneOfEach), [own]), paint);
    expect(text).toContain('  absent   X: no x here\n           what to do: Buy one.');
  });
});

describe('what can be put right', () => {
  /** A check that fails until it has been put right; \`fix\` is asked for that. */
  const broken = (fix: (repair: () => void) => string): Check => {
    let isBroken = true;
    return {
      id: 'llem.x',
      title: 'X',
      run: () => Promise.resolve(isBroken ? failed('x is off', 'Turn it on.') : ok('x is on')),
      fix: () => Promise.resolve().then(() => fix(() => (isBroken = false))),
    };
  };
  const mend = (repair: () => void) => {
    repair();
    return 'x was turned on.';
  };
  const first = async (own: Check, fix: boolean) => {
    const diagnosis = await examine(modules(...oneOfEach), [own], { fix });
    return [diagnosisText(diagnosis, paint).split('\n').slice(1, 4), diagnosis.stopped];
  };

  it('is left alone, and says how to have it done', async () => {
    const lines = [
      '  failed   X: x is off',
      '           what to do: Turn it on. Or have it done: llem doctor --fix',
      '',
    ];
    expect(await first(broken(mend), false)).toEqual([lines, ['X']]);
  });

  it('is put right where that is asked for, and looked at again', async () => {
    const lines = ['  ok       X: x is on', '           what was done: x was turned on.', ''];
    expect(await first(broken(mend), true)).toEqual([lines, []]);
  });

  it('stays as it is where that fails, which is told', async () => {
    const own = broken(() => {
      throw new Error('stuck');
    });
    const lines = [
      '  failed   X: x is off',
      '           what was done: It could not be put right: stuck',
      '           what to do: Turn it on.',
    ];
    expect(await first(own, true)).toEqual([lines, ['X']]);
  });

  it('is not touched where nothing is wrong', async () => {
    const fine: Check = {
      id: 'llem.x',
      title: 'X',
      run: () => Promise.resolve(ok('x is on')),
      fix: () => Promise.reject(new Error('nobody asked')),
    };
    expect(await first(fine, true)).toEqual([['  ok       X: x is on', '', 'backend b'], []]);
  });
});

describe('the checks of the machine', () => {
  it('warns of a Node that is no longer maintained', () => {
    expect(nodeFinding('20.19.0').status).toBe('warning');
    expect(nodeFinding('24.1.0')).toEqual(ok('Node 24.1.0.'));
  });

  it.each([
    [1_024 ** 4, 'ok'],
    [1_024 ** 3, 'warning'],
    [1_024 ** 2, 'failed'],
  ])('finds %i free bytes %s', (free, status) => {
    expect(roomFinding(free, '/r').status).toBe(status);
  });
});
