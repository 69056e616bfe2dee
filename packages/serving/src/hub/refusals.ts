/** Why a model cannot be had, for people. */
import { llemError, type LlemError } from '@llem/core';
import { interrupted } from '../files/file-hash.js';
import type { HubTrouble } from './api.js';
import { hubCache, type HubAccess } from './locations.js';

/** LLEM_E_PREPARE, with the classes that the logs of engines are diagnosed with as well. */
const refusal = (failureClass: string, message: string, remedy: string): LlemError =>
  llemError('LLEM_E_PREPARE', message, { remedy, failureClass });

export interface Wanted {
  readonly model: string;
  readonly revision: string;
}

export function hubRefusal(
  { model, revision }: Wanted,
  { endpoint, token }: HubAccess,
  trouble: HubTrouble,
  detail: string,
): LlemError {
  switch (trouble) {
    case 'interrupted':
      return interrupted();
    case 'gated':
      return refusal(
        'gated-model',
        `The model ${model} is gated at ${endpoint}, which refuses it ${token === null ? 'without a token' : 'to the token it was given'} (${detail}).`,
        `Accept its terms at ${endpoint}/${model}, and set HF_TOKEN to a token of that account.`,
      );
    case 'token-refused':
      return refusal(
        'hub-token',
        `${endpoint} does not know the token in HF_TOKEN, or that of \`hf auth login\` (${detail}).`,
        'Set HF_TOKEN to a valid token, or unset it for a public model.',
      );
    case 'no-revision':
      return refusal(
        'missing-model',
        `The model ${model} has no revision "${revision}" at ${endpoint}.`,
        'Correct the option `revision`: a branch, a tag or a commit of the model.',
      );
    case 'no-model':
    case 'no-file':
      return refusal(
        'missing-model',
        `There is no model "${model}" at ${endpoint}, or it is private (${detail}), and no such folder here.`,
        'Correct `model`: a name on the Hugging Face Hub, or the path of a folder of this machine. A private model needs HF_TOKEN.',
      );
    case 'unreachable':
      return refusal(
        'hub-unreachable',
        `The model ${model} cannot be looked up at ${endpoint} (${detail}), and revision "${revision}" of it is not in ${hubCache()}.`,
        `Connect this machine to the network, set HF_ENDPOINT to a mirror, or fetch it beforehand: hf download ${model}`,
      );
  }
}

export const noSuchPath = (model: string, path: string): LlemError =>
  refusal(
    'missing-model',
    `The model "${model}" is not here: there is no folder ${path}.`,
    'Correct `model`: the path of a folder with a config.json, or a name on the Hugging Face Hub.',
  );

export const brokenConfig = (path: string): LlemError =>
  refusal(
    'bad-model',
    `The configuration of the model, ${path}, cannot be read as a JSON object.`,
    'Correct this file, or copy or download the model again.',
  );

export const noName = (model: string): LlemError =>
  refusal(
    'missing-model',
    `"${model}" is neither a folder of this machine nor a name on the Hugging Face Hub.`,
    'Correct `model`: owner/name, or the path of a folder.',
  );
