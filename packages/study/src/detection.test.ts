import { expect, test } from 'vitest';
import { detectRunners, raisedText, wantsDocker, type FoundDocker, type FoundEngine } from './detection.js';

const engine = (backend: string, found: Partial<FoundEngine> = {}): FoundEngine => ({
  backend,
  isInstalled: true,
  isNamed: false,
  hasImage: true,
  ...found,
});
const missing = (backend: string, found: Partial<FoundEngine> = {}) =>
  engine(backend, { isInstalled: false, ...found });
const works: FoundDocker = { works: true };
const away: FoundDocker = { works: false, why: 'No daemon. Start it.' };

const detected = (engines: FoundEngine[], docker: FoundDocker | null) =>
  Object.fromEntries([...detectRunners(engines, docker)].map(([id, { type, why }]) => [id, [type, why]]));

test('engines that are all installed run here, and nobody looks at Docker', () => {
  const engines = [engine('vllm'), engine('sglang', { hasImage: false })];
  expect(wantsDocker(engines)).toBe(false);
  const here = {
    vllm: ['local', 'detected: vllm is installed here'],
    sglang: ['local', 'detected: sglang is installed here'],
  };
  expect(detected(engines, null)).toEqual(here);
  expect(detected(engines, works)).toEqual(here);
});

test('where one is missing and Docker works all are in containers', () => {
  const engines = [engine('vllm'), missing('sglang')];
  expect(wantsDocker(engines)).toBe(true);
  const raised = ['docker', 'detected: sglang is not installed here, and Docker works'];
  expect(detected(engines, works)).toEqual({ vllm: raised, sglang: raised });
  expect(detected([missing('a'), missing('b'), missing('c')], works)).toMatchObject({
    a: ['docker', 'detected: a, b, and c are not installed here, and Docker works'],
  });
});

test('engines that are put into containers are told of once', () => {
  expect(raisedText(detectRunners([engine('vllm'), missing('sglang')], works))).toBe(
    'vllm and sglang run in containers: sglang is not installed here, and Docker works. --runner vllm=local keeps one here.',
  );
  expect(raisedText(detectRunners([missing('vllm')], works))).toBe(
    'vllm runs in a container: vllm is not installed here, and Docker works. --runner vllm=local keeps it here.',
  );
  expect(raisedText(detectRunners([engine('vllm'), missing('sglang')], away))).toBeNull();
});

test('where Docker does not work they are started here, and the missing one can say why it is in no container', () => {
  const runners = detectRunners([engine('vllm'), missing('sglang')], away);
  expect(runners.get('vllm')).toEqual({ type: 'local', why: 'detected: vllm is installed here' });
  expect(runners.get('sglang')).toEqual({
    type: 'local',
    why: 'detected: sglang is not installed here, and Docker does not work',
    hindrance: 'Docker would do too, and does not work here. No daemon. Start it.',
  });
});

test('nothing is put into a container that nobody knows an image of, nor anything beside it', () => {
  const engines = [missing('vllm'), engine('own', { hasImage: false })];
  expect(wantsDocker(engines)).toBe(false);
  const runners = detectRunners(engines, works);
  expect(runners.get('own')?.type).toBe('local');
  expect(runners.get('vllm')).toEqual({
    type: 'local',
    why: 'detected: vllm is not installed here, and no image of own is known',
    hindrance: 'Docker would do too, with an image for all: --runner own=docker:<image>.',
  });
});

test('an engine whose program the study names stays, whether that is there or not, and so do those beside it', () => {
  const named = missing('vllm', { isNamed: true });
  expect(detected([named, engine('sglang')], null)).toEqual({
    vllm: ['local', 'detected: the study names its program'],
    sglang: ['local', 'detected: sglang is installed here'],
  });
  expect(wantsDocker([named, missing('sglang')])).toBe(false);
  const runners = detectRunners([named, missing('sglang')], works);
  expect(runners.get('vllm')?.type).toBe('local');
  expect(runners.get('sglang')).toEqual({
    type: 'local',
    why: 'detected: sglang is not installed here, and the study names the program of vllm',
    hindrance: 'Docker would do too, if it is to run beside what runs here: --runner sglang=docker.',
  });
});
