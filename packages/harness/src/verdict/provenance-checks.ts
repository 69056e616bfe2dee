/** Checks of what was measured: the model and the engine, so that somebody else can repeat it. */
import { result, type Judge } from './result.js';

export const model: Judge = (evidence) => {
  if (evidence.model.randomWeights) {
    return result('model', 'warning', false, {
      value: 'random',
      limit: null,
      message:
        'The weights were drawn at random: speed and energy are real, the text is not. Name a trained model for a figure that means something.',
    });
  }
  if (evidence.attached !== null) {
    return result('model', 'warning', false, {
      value: evidence.model.name,
      limit: null,
      message:
        'The server has loaded the model itself, and llem does not know which revision of it. Say which one where you publish figures.',
    });
  }
  const pinned = evidence.model.revision !== null || evidence.model.weightsHash !== null;
  return result('model', 'warning', pinned, {
    value: evidence.model.revision ?? evidence.model.weightsHash,
    limit: null,
    message: pinned ? 'The model is pinned.' : 'The revision of the model is not known. Pin it.',
  });
};

/** Of an engine that tells what it runs with. */
export const asAsked: Judge = ({ engineDifferences: differences, attached, askedOptions }) => {
  const said = differences.map(
    ({ option, asked, actual }) =>
      `${option} was asked to be ${JSON.stringify(asked)} and is ${JSON.stringify(actual)}`,
  );
  return result('as-asked', 'warning', differences.length === 0, {
    value: differences.length,
    limit: 0,
    message:
      attached === null
        ? differences.length === 0
          ? 'The engine tells of nothing that it runs with otherwise than asked.'
          : `The engine runs otherwise than asked: ${said.join('; ')}. Ask for what it runs with, or see in engine.log why it chose so.`
        : differences.length === 0
          ? notApplied(askedOptions)
          : `The server was started by somebody else, and runs otherwise than the study says: ${said.join('; ')}. Write in the study what it runs with, or start it so.`,
  });
};

/** Of a server that tells of no difference: llem has set nothing, and not every option is told. */
const notApplied = (asked: readonly string[]): string =>
  asked.length === 0
    ? 'The server was started by somebody else, and the study says nothing of how.'
    : `The server was started by somebody else: that it runs with what the study says (${asked.join(', ')}) is true as far as it tells.`;

export const provenance: Judge = ({ engineVersion }) =>
  result('provenance', 'invalid', engineVersion !== null, {
    value: engineVersion,
    limit: null,
    message:
      engineVersion !== null
        ? `Engine version ${engineVersion}.`
        : 'Neither version nor image of the engine is known, so nobody can repeat this. Use an engine that tells its version.',
  });
