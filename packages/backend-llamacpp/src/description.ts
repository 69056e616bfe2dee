/** What a running engine tells of itself. */
import { isJsonObject, type Endpoint, type EngineFacts, type JsonObject, type JsonValue } from '@llem/core';
import { getJson } from '@llem/serving';

/** Properties worth a place in a record; the rest is long or of no use there, such as the chat template. */
const KEPT = [
  'build_info',
  'total_slots',
  'model_alias',
  'model_path',
  'model_ftype',
  'model_description',
  'engine',
];

const NOTHING: EngineFacts = { version: null, details: {}, kvCacheTokens: null, differences: [] };

/** Throws LLEM_E_START when the engine does not answer; an engine that answers without properties has none. */
export async function describeEngine(endpoint: Endpoint, signal: AbortSignal): Promise<EngineFacts> {
  const properties = await getJson(endpoint, '/props', signal);
  if (!isJsonObject(properties)) return NOTHING;
  const settings = properties['default_generation_settings'];
  const kept = KEPT.flatMap((key) => {
    const value = properties[key];
    return value === undefined ? [] : [[key, value] as const];
  });
  const context = isJsonObject(settings) ? settings['n_ctx'] : undefined;
  const details: JsonObject = {
    ...Object.fromEntries(kept),
    ...(context === undefined ? {} : { context_per_sequence: context }),
  };
  return { ...NOTHING, version: versionOf(properties['build_info']), details };
}

/** A llama-server built outside its repository calls itself `b0-unknown` or the like: that is no version. */
function versionOf(buildInfo: JsonValue | undefined): string | null {
  if (typeof buildInfo !== 'string' || buildInfo === '') return null;
  return /unknown|^b?0\b/.test(buildInfo) ? null : buildInfo;
}
