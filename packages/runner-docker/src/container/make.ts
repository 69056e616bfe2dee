/** Makes a container under a name that nobody has. */
import type { ContainerCreateOptions } from 'dockerode';
import type Docker from 'dockerode';
import { statusOf } from '../engine/errors.js';

const TRIES = 3;

/** `name` gives another one each time. Rejects with what dockerode throws. */
export async function makeContainer(
  docker: Docker,
  options: ContainerCreateOptions,
  name: () => string,
): Promise<{ readonly container: Docker.Container; readonly name: string }> {
  for (let tried = 1; ; tried += 1) {
    const chosen = name();
    try {
      return { container: await docker.createContainer({ ...options, name: chosen }), name: chosen };
    } catch (error) {
      // Docker says so with 409, Podman with 500.
      const isTaken =
        statusOf(error) !== null && error instanceof Error && /name.* in use/i.test(error.message);
      if (!isTaken || tried === TRIES) throw error;
    }
  }
}
