/** The broken meters as subjects of the suite. */
import { isPluginModule } from '@llem/core';
import { z } from 'zod';
import { meterSubject, type MeterSubject } from './subject.js';

const moduleUrl = new URL('broken.fixture.mjs', import.meta.url).href;

interface Source {
  count(): void;
  setFault(isAtFault: boolean): void;
}

/** One that breaks a rule, by its id; none with ''. */
export async function meterThatBreaks(breaks: string): Promise<MeterSubject> {
  const module: unknown = await import(/* @vite-ignore */ moduleUrl);
  if (!isPluginModule(module)) throw new Error('The fixture is no plugin.');
  const { source } = z.object({ source: z.custom<Source>() }).parse(module);
  const plugin = {
    kind: 'meter',
    id: 'broken',
    moduleUrl,
    module,
    options: { breaks },
    context: { cacheDir: '' },
  } as const;
  return meterSubject(plugin, {
    nothing: { breaks, nothing: true },
    count: () => source.count(),
    faults: [
      {
        name: 'the source is at fault',
        inject: () => source.setFault(true),
        repair: () => source.setFault(false),
      },
    ],
  });
}
