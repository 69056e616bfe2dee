/** The attach runner: a server that somebody else started, here or elsewhere. Starts and stops nothing. */
import { definePlugin, type Runner } from '@llem/core';
import { z } from 'zod';

const optionsSchema = z
  .strictObject({
    url: z
      .url({ protocol: /^https?$/ })
      .transform((url) => url.replace(/\/+$/, ''))
      .describe('Address of the server, `http://host:port` or `https://...`, without the path of its API.'),
  })
  .describe('A server that already runs: nothing is started or stopped.');

export const { options, create } = definePlugin(optionsSchema, (_, { url }): Runner => {
  const { hostname, port, protocol } = new URL(url);
  return {
    place: 'elsewhere',
    checks: () => [],
    target: () =>
      Promise.resolve({ host: hostname, port: Number(port) || (protocol === 'https:' ? 443 : 80) }),
    start() {
      let detach: () => void = () => undefined;
      const exited = new Promise<{ code: null; signal: null }>((resolve) => {
        detach = () => resolve({ code: null, signal: null });
      });
      return Promise.resolve({
        endpoint: { baseUrl: url },
        exited,
        facts: {},
        processes: () => Promise.resolve(null),
        stop: () => {
          detach();
          return exited;
        },
      });
    },
  };
});
