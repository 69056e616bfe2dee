/** What constraints need of a model, from its config.json. */
import { isJsonObject, type JsonObject } from '@llem/core';
import { modelConfig } from '@llem/serving';

/** Null where the configuration does not say. */
export interface ModelShape {
  readonly attentionHeads: number | null;
  readonly layers: number | null;
  /** Longest context in tokens; null also where positions are scaled: releases differ in what they make of that. */
  readonly contextLength: number | null;
}

export function modelShape(config: JsonObject | null): ModelShape | null {
  if (config === null) return null;
  const { attentionHeads, layers, contextLength } = modelConfig(config);
  return { attentionHeads, layers, contextLength: isScaled(config) ? null : contextLength };
}

function isScaled(config: JsonObject): boolean {
  const text = config['text_config'];
  return [config, isJsonObject(text) ? text : {}].some((part) =>
    [part['rope_scaling'], part['rope_parameters']].some(
      (scaling) => isJsonObject(scaling) && scaling['factor'] !== undefined,
    ),
  );
}
