/** The broken runners as subjects of the suite. */
import { isPluginModule } from '@llem/core';
import { runnerSubject, type RunnerSubject } from './subject.js';

const moduleUrl = new URL('broken.fixture.mjs', import.meta.url).href;

/** One that breaks a rule, by its id; none with ''. It starts processes, or uses a server. */
export async function runnerThatBreaks(
  breaks: string,
  place: 'process' | 'elsewhere',
): Promise<RunnerSubject> {
  const module: unknown = await import(/* @vite-ignore */ moduleUrl);
  if (!isPluginModule(module)) throw new Error('The fixture is no plugin.');
  const plugin = {
    kind: 'runner',
    id: 'broken',
    moduleUrl,
    module,
    options: { breaks },
    context: { cacheDir: '' },
  } as const;
  return runnerSubject(plugin, place === 'process' ? {} : { options: (url) => ({ breaks, url }) });
}

/** Where a rule has a meaning. */
export const placeOf = (rule: string) => (rule.startsWith('runner.elsewhere.') ? 'elsewhere' : 'process');
