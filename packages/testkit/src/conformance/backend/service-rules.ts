/** How an engine is started: plain data, the same from the same, and nothing that nobody is to see. */
import { isAbsolute } from 'node:path';
import {
  isLlemError,
  visibleGpusEnvironment,
  type Artifacts,
  type ServiceSpec,
  type ServiceTarget,
  type VisibleGpus,
} from '@llem/core';
import { deepFrozen, demandPlain, demandSame, shortened } from '../package/plain.js';
import { isInside } from '../package/package-json.js';
import { instanceOf } from '../package/subject.js';
import { demand, type Rule } from '../rule.js';
import { artifactsOf, containerTarget, experimentOf, processTarget, type BackendSubject } from './subject.js';

const SECRET = 'a-secret-that-nobody-is-to-see';
/** Variables that engines have their secrets in. */
const SECRET_NAMES = [
  'HF_TOKEN',
  'HUGGING_FACE_HUB_TOKEN',
  'HUGGINGFACE_HUB_TOKEN',
  'OPENAI_API_KEY',
  'NGC_API_KEY',
  'AWS_SECRET_ACCESS_KEY',
];

const GPUS = ['GPU-11111111-2222-3333-4444-555555555555', 'GPU-66666666-7777-8888-9999-000000000000'];
const SOME_GPUS: readonly VisibleGpus[] = [null, [], GPUS.slice(1), GPUS, ['0', '3']].map(deepFrozen);

/** How a start is described, or what was thrown instead. */
function attempt(
  subject: BackendSubject,
  artifacts: Artifacts,
  target: ServiceTarget,
  gpus: VisibleGpus = null,
): { readonly spec: ServiceSpec } | { readonly spec: null; readonly error: unknown } {
  try {
    return { spec: subject.backend.service(experimentOf(subject), artifacts, target, gpus) };
  } catch (error) {
    return { spec: null, error };
  }
}

const TARGETS = [processTarget(), processTarget(51_234), containerTarget(), containerTarget(null)];

/** Every spec that is given, with what it was made for. */
async function specsOf(subject: BackendSubject) {
  const artifacts = await artifactsOf(subject);
  return TARGETS.flatMap((target) =>
    SOME_GPUS.flatMap((gpus) => {
      const { spec } = attempt(subject, artifacts, target, gpus);
      return spec === null ? [] : [{ spec, target, gpus, artifacts }];
    }),
  );
}

const isLoopback = (text: string) => /127\.0\.0\.1|localhost/.test(text);

/** All that is written down of a start. */
const written = ({ command, env, files, container }: ServiceSpec) =>
  JSON.stringify({ command, env, files, container });

export const SERVICE_RULES: readonly Rule<BackendSubject>[] = [
  {
    id: 'backend.service.process',
    title: '`service` says how to start the engine as a process of this machine',
    check: async (subject) => {
      const made = attempt(subject, await artifactsOf(subject), processTarget());
      const { spec } = made;
      demand(
        spec !== null,
        `\`service\` throws ${'error' in made ? String(made.error) : ''} for a process. Throw nothing, and leave what it is given as it is.`,
      );
      demandPlain('What `service` gives', spec);
      demand(
        spec.command.length > 0 &&
          spec.command.every((part) => typeof part === 'string') &&
          spec.command[0] !== '',
        `The command ${shortened(spec.command)} is none. Give the executable and its arguments as text.`,
      );
      demand(
        Object.values(spec.env).every((value) => typeof value === 'string'),
        `The environment ${shortened(spec.env)} has values that are no text.`,
      );
    },
  },
  {
    id: 'backend.service.same',
    title: '`service` gives the same for the same, also after another instance was made',
    check: async (subject) => {
      const artifacts = await artifactsOf(subject);
      for (const target of TARGETS) {
        const first = attempt(subject, artifacts, target).spec;
        instanceOf('backend', subject);
        demandSame('What `service` gives', first, attempt(subject, artifacts, target).spec);
      }
    },
  },
  {
    id: 'backend.service.target',
    title: 'the engine is told to listen where its runner says, and the target is handed on as it is',
    check: async (subject) => {
      for (const { spec, target } of await specsOf(subject)) {
        demand(
          JSON.stringify(spec.target) === JSON.stringify(target),
          `The target of the spec is ${shortened(spec.target)}, where ${shortened(target)} was given.`,
        );
        demand(
          written(spec).includes(String(target.port)),
          `Port ${target.port} is neither in the command, nor in the environment, nor in a file: ${shortened(spec.command)}.`,
        );
        // An engine that always listens everywhere need not be told.
        demand(
          !isLoopback(written(spec)) || isLoopback(target.host) || written(spec).includes(target.host),
          `The engine is told to listen on this machine alone, where the target is ${target.host}: ${shortened(spec.command)}. Hand on target.host: from outside of its container nobody would reach it.`,
        );
      }
    },
  },
  {
    id: 'backend.service.container',
    title: 'a container is described where the target is one, with its image, or refused with LLEM_E_START',
    check: async (subject) => {
      const artifacts = await artifactsOf(subject);
      for (const target of TARGETS.filter(({ container }) => container !== undefined)) {
        const made = attempt(subject, artifacts, target);
        if (!('error' in made)) continue;
        const { error } = made;
        demand(
          isLlemError(error) && error.code === 'LLEM_E_START' && error.remedy.trim() !== '',
          `\`service\` throws ${String(error)} for ${shortened(target)}. An engine that has no image refuses it with llemError('LLEM_E_START', message, { remedy }).`,
        );
      }
      for (const { spec, target } of await specsOf(subject)) {
        demand(
          (spec.container !== undefined) === (target.container !== undefined),
          `For the target ${shortened(target)} the spec has ${spec.container ? 'a' : 'no'} container. Give one where the target has one.`,
        );
        const asked = target.container?.image ?? null;
        demand(
          spec.container === undefined ||
            (spec.container.image !== '' && (asked === null || spec.container.image === asked)),
          `The container's image is ${shortened(spec.container?.image)}, where ${shortened(asked)} was chosen.`,
        );
      }
    },
  },
  {
    id: 'backend.service.gpus',
    title: 'the engine sees exactly the GPUs that are billed, or none where it computes on the processor',
    check: async (subject) => {
      const { computesOn } = subject.backend;
      for (const { spec, gpus } of await specsOf(subject)) {
        const seen = [gpus, ...(computesOn === 'cpu' ? [[]] : [])];
        demand(
          spec.container === undefined ||
            seen.some((each) => JSON.stringify(each) === JSON.stringify(spec.container?.gpus)),
          `The container is given the GPUs ${shortened(spec.container?.gpus)}, where ${shortened(gpus)} are billed. Hand on \`gpus\` as container.gpus.`,
        );
        if (spec.container !== undefined) continue;
        demand(
          seen.some((each) => {
            const asked = visibleGpusEnvironment(each);
            return Object.keys(visibleGpusEnvironment([])).every((name) => spec.env[name] === asked[name]);
          }),
          `The engine is not told which GPUs to see: ${shortened(gpus)} are billed, and the environment is ${shortened(spec.env)}. Add visibleGpusEnvironment(gpus) to it.`,
        );
      }
    },
  },
  {
    id: 'backend.service.readiness',
    title: 'a path tells that the engine is ready, and a stop takes a time that has an end',
    check: async (subject) => {
      for (const { spec } of await specsOf(subject)) {
        const { readiness, stopGraceS } = spec;
        demand(
          readiness.path.startsWith('/') && readiness.intervalMs > 0 && readiness.intervalMs <= 60_000,
          `readiness is ${shortened(readiness)}. Give a path that begins with / and an interval of 1 to 60 000 ms.`,
        );
        demand(
          stopGraceS >= 0 && stopGraceS <= 3_600,
          `stopGraceS is ${shortened(stopGraceS)}. Give 0 to 3600 seconds.`,
        );
      }
    },
  },
  {
    id: 'backend.service.files',
    title: 'a file is below `context.cacheDir`, by an absolute path that is another one for another content',
    check: async (subject) => {
      const known = new Map<string, string>();
      const artifacts = await artifactsOf(subject);
      const loads = [
        {},
        { input_tokens: 512 },
        { output_tokens: 512 },
        { concurrency: 64 },
        { api: 'chat' as const },
      ];
      const specs = [
        ...(await specsOf(subject)).map(({ spec }) => spec),
        ...loads.map((load) =>
          subject.backend.service(experimentOf(subject, load), artifacts, processTarget(), null),
        ),
        ...['a', 'b'].map((model) =>
          subject.backend.service(
            experimentOf(subject, {}, { model }),
            { ...artifacts, modelRef: `/models/${model}` },
            processTarget(),
            null,
          ),
        ),
      ];
      for (const { path, content } of specs.flatMap(({ files = [] }) => files)) {
        demand(
          isAbsolute(path) && isInside(subject.context.cacheDir, path),
          `The path of the file ${shortened(path)} is not an absolute one below context.cacheDir. Put it there.`,
        );
        demand(
          (known.get(path) ?? content) === content,
          `The file ${path} has another content for another experiment. Put a hash of the content into its name: two engines may run at a time.`,
        );
        known.set(path, content);
      }
    },
  },
  {
    id: 'backend.service.secrets',
    title: 'no value of a variable that holds a secret is written anywhere',
    check: async (subject) => {
      const before = (await specsOf(subject)).flatMap(({ spec }) => spec.container?.passEnv ?? []);
      const names = [...new Set([...SECRET_NAMES, ...before])];
      const kept = names.map((name) => [name, process.env[name]] as const);
      try {
        for (const name of names) process.env[name] = SECRET;
        // Options may have been read when the instance was made.
        const anew = { ...subject, backend: instanceOf('backend', subject) };
        for (const { spec } of await specsOf(anew))
          demand(
            !written(spec).includes(SECRET),
            'The value of a variable such as HF_TOKEN is part of the spec, which is kept in the record and shown. A process has the variable anyway; of a container name it in container.passEnv.',
          );
      } finally {
        for (const [name, value] of kept) {
          if (value === undefined) Reflect.deleteProperty(process.env, name);
          else process.env[name] = value;
        }
      }
    },
  },
  {
    id: 'backend.image',
    title: '`image` is text or null, and the same for the same experiment',
    leftOut: ({ backend }) => (backend.image ? null : 'the backend has no `image`'),
    check: (subject) => {
      const ask = () => subject.backend.image?.(experimentOf(subject));
      const image = ask();
      demand(
        image === null || (typeof image === 'string' && image.trim() !== ''),
        `\`image\` gives ${shortened(image)}. Give the name of an image, or null.`,
      );
      demandSame('What `image` gives', image, ask());
      return Promise.resolve();
    },
  },
];
