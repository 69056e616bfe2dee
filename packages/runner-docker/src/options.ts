/** What a study may say of a container beside what its engine needs. */
import { z } from 'zod';

/** Which GPUs a container sees. It is handed those of the experiment, and no others are billed. */
const GPU_VARIABLES = ['CUDA_VISIBLE_DEVICES', 'NVIDIA_VISIBLE_DEVICES'];

const mountSchema = z.strictObject({
  source: z.string().min(1).describe('Absolute path of this machine; it has to be there.'),
  target: z.string().startsWith('/').describe('Path in the container.'),
  read_only: z.boolean().default(true).describe('Whether the engine may not write there.'),
});

export const optionsSchema = z
  .strictObject({
    image: z
      .string()
      .min(1)
      .optional()
      .describe('Image, with tag or digest. Without it: the one that the backend names for its engine.'),
    pull: z
      .enum(['missing', 'always', 'never'])
      .default('missing')
      .describe(
        'When to ask the registry: when the image is not here, once in every invocation of llem, never.',
      ),
    network: z
      .enum(['auto', 'host', 'bridge'])
      .default('auto')
      .describe(
        "The host's network, or one of its own with a port published to loopback; auto: the host's where that is this machine's.",
      ),
    user: z
      .string()
      .min(1)
      .optional()
      .describe('User of the engine, `1000:1000`; without it: that of the image.'),
    memory_gib: z.number().positive().optional().describe('Most memory that the container may have, in GiB.'),
    cpus: z.number().positive().optional().describe('Most processor time that it may have, in cores.'),
    shm_gib: z
      .number()
      .positive()
      .optional()
      .describe("Size of a /dev/shm of its own in GiB; without it: the backend's."),
    ipc: z.enum(['host', 'private']).optional().describe("IPC namespace; without it: the backend's."),
    ulimits: z
      .record(z.string(), z.int().min(-1))
      .default({})
      .describe('Soft and hard limit by name, beside those of the backend; -1: none.'),
    env: z
      .record(z.string(), z.string())
      .superRefine((env, problems) => {
        for (const name of GPU_VARIABLES.filter((one) => Object.hasOwn(env, one))) {
          problems.addIssue({
            code: 'custom',
            path: [name],
            message: 'would hide GPUs from the engine that are billed all the same: name them in `devices`',
          });
        }
      })
      .default({})
      .describe(
        'Variables for the engine beside those of the backend, but none that says which GPUs it sees. What `${env:NAME}` stands for is written down nowhere, from 8 characters on.',
      ),
    mounts: z
      .array(mountSchema)
      .default([])
      .describe('Files and folders beside those of the backend; one with the same target takes its place.'),
  })
  .refine(({ ipc, shm_gib: shmGib }) => ipc !== 'host' || shmGib === undefined, {
    path: ['shm_gib'],
    error: "has no meaning with `ipc: host`: the container then has the host's /dev/shm",
  })
  .describe('The engine in a container of Docker, or of an engine that speaks its interface.');

export type DockerOptions = z.output<typeof optionsSchema>;
