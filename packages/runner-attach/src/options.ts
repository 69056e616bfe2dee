/** What a study says of a server that already runs. */
import { z } from 'zod';

/** What is wrong with an address, a sentence's part that has nothing of it; null where nothing is. */
function faultOf(text: string): string | null {
  if (!URL.canParse(text)) return null;
  const { username, password, search, hash, pathname } = new URL(text);
  if (username !== '' || password !== '')
    return 'has a user or a password in it, which would be written down: leave them out, and name the environment variable of a bearer token as token_env';
  if (search !== '' || hash !== '') return 'has a "?" or a "#" in it: leave out what begins there';
  if (/\/v1\/*$/.test(pathname))
    return 'ends in /v1: leave that out, requests bring the path of the interface';
  return null;
}

export const optionsSchema = z
  .strictObject({
    url: z
      .url({ protocol: /^https?$/, error: 'expected an address such as http://host:8000' })
      .superRefine((text, context) => {
        const fault = faultOf(text);
        if (fault !== null) context.addIssue({ code: 'custom', message: fault });
      })
      .transform((text) => (URL.canParse(text) ? new URL(text).href.replace(/\/+$/, '') : text))
      .describe(
        'Address of the server, `http://host:port` or `https://host/path`, without the path of its interface (`/v1`).',
      ),
    token_env: z
      .string()
      .regex(
        /^[A-Za-z_][A-Za-z0-9_]*$/,
        'expected the name of an environment variable, not what stands in it',
      )
      .optional()
      .describe(
        'Environment variable that holds the bearer token of the server. Its value goes to the server and is written nowhere.',
      ),
    served_model: z
      .string()
      .min(1)
      .optional()
      .describe('Name under which the server knows the model, where that is not the `model` of the study.'),
  })
  .describe('A server that runs already, here or elsewhere: nothing is started and nothing is stopped.');

export type AttachOptions = z.output<typeof optionsSchema>;
