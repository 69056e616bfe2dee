/** What is no file. */
import { expect, it } from 'vitest';
import { linesOf } from './lines.js';

it('refuses a stream, of which a second reading would find nothing', async () => {
  const lines = linesOf('/dev/zero', { signal: new AbortController().signal });
  await expect(lines.next()).rejects.toMatchObject({
    code: 'LLEM_E_PREPARE',
    message: '/dev/zero is no file but a stream, which can be read only once.',
  });
});
