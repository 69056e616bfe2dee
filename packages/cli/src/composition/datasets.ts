/** The data sets that the experiments of a plan name, imported, with their options checked. */
import {
  issueText,
  llemError,
  type DatasetChoice,
  type Experiment,
  type Plan,
  type PluginInstances,
  type PluginRef,
} from '@llem/core';
import { namedDataset, resolveReferences, type Environment } from '@llem/study';
import type { PluginModules } from '../plugins/modules.js';

export interface PlannedDatasets {
  /** The ids of all. */
  readonly ids: readonly string[];
  /** An instance of an experiment's data set, and where a load thread finds it. */
  readonly of: (experiment: Experiment) => {
    readonly ref: PluginRef;
    readonly instance: PluginInstances['dataset'];
  };
}

/** Imports them. Throws LLEM_E_PLUGIN_MISSING, LLEM_E_PLUGIN_BROKEN, and LLEM_E_STUDY for options that are none. */
export async function plannedDatasets(
  plan: Plan,
  modules: PluginModules,
  environment: Environment,
): Promise<PlannedDatasets> {
  const ids = [...new Set(plan.experiments.map(({ workload }) => namedDataset(workload.dataset).id))];
  const loaded = new Map(
    await Promise.all(ids.map(async (id) => [id, await modules.load('dataset', id)] as const)),
  );
  const refOf = (choice: DatasetChoice): PluginRef => {
    const { id, options } = namedDataset(choice);
    const parsed = loaded.get(id)?.options.parse(resolveReferences(options, environment));
    if (parsed?.ok) {
      return { kind: 'dataset', id, moduleUrl: modules.find('dataset', id).moduleUrl, options: parsed.value };
    }
    throw llemError('LLEM_E_STUDY', issueText(parsed?.issues ?? [], ['workload', 'dataset']), {
      remedy: `Correct it; \`llem catalog ${id}\` shows its options.`,
    });
  };
  return {
    ids,
    of: ({ workload }) => {
      const ref = refOf(workload.dataset);
      return { ref, instance: modules.create('dataset', ref.id, ref.options) };
    },
  };
}
