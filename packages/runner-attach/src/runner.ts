/** The attach runner: a server that somebody else started, here or elsewhere. Starts and stops nothing. */
import { appendFile } from 'node:fs/promises';
import { definePlugin, llemError, type Endpoint, type Runner, type ServiceExit } from '@llem/core';
import { checksFor } from './checks.js';
import { lookAt } from './look.js';
import { optionsSchema, type AttachOptions } from './options.js';

/** In place of an engine's log, where people look when something goes wrong. */
const LOG_LINE = 'llem did not start this server: its log is where it was started.\n';

export const { options, create } = definePlugin(optionsSchema, (_, settings): Runner => ({
  place: 'elsewhere',
  secrets: settings.token_env === undefined ? [] : [settings.token_env],
  checks: (specs, models = []) =>
    checksFor(settings, [...new Set(specs.map(({ readiness }) => readiness.path))], models),
  target() {
    const { hostname, port, protocol } = new URL(settings.url);
    return Promise.resolve({ host: hostname, port: Number(port) || (protocol === 'https:' ? 443 : 80) });
  },
  async start({ spec, logPath }, signal) {
    const look = await lookAt(settings, spec.readiness.path, signal);
    if ('cause' in look) {
      const { class: failureClass, message, remedy } = look.cause;
      throw llemError('LLEM_E_START', message, { remedy, failureClass });
    }
    await appendFile(logPath, LOG_LINE);
    const detached = detachment(signal);
    return {
      endpoint: endpointOf(settings),
      readinessPath: look.server.readinessPath,
      exited: detached.exited,
      facts: {},
      // It may be on another machine, or in a container.
      processes: () => Promise.resolve(null),
      stop: detached.detach,
    };
  },
}));

function endpointOf({ url, token_env: tokenEnv, served_model: servedModel }: AttachOptions): Endpoint {
  return {
    baseUrl: url,
    ...(tokenEnv === undefined ? {} : { tokenEnv }),
    ...(servedModel === undefined ? {} : { servedModel }),
  };
}

/** Whether the server lives or not, to llem it has ended once nobody here uses it any more, and not before. */
function detachment(signal: AbortSignal): {
  readonly exited: Promise<ServiceExit>;
  readonly detach: () => Promise<ServiceExit>;
} {
  let end: () => void = () => undefined;
  const exited = new Promise<ServiceExit>((resolve) => {
    end = () => resolve({ code: null, signal: null });
  });
  const detach = () => {
    end();
    return exited;
  };
  if (signal.aborted) end();
  signal.addEventListener('abort', end, { once: true });
  return { exited, detach };
}
