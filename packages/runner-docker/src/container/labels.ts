/** How a container of llem's is told from others: its name, and labels that say which llem made it and for what. */
import { identitySchema, type ProcessIdentity } from '@llem/localhost';

const LABELS = {
  study: 'llem.study',
  run: 'llem.run',
  service: 'llem.service',
  /** The process of llem, as JSON. */
  owner: 'llem.owner',
} as const;

/** Whose a container is, and what for. */
export interface ContainerMark {
  readonly study: string;
  readonly runId: string;
  /** Of this one service: a UUID. */
  readonly service: string;
  readonly owner: ProcessIdentity;
}

export const labelsOf = ({ study, runId, service, owner }: ContainerMark): Record<string, string> => ({
  [LABELS.study]: study,
  [LABELS.run]: runId,
  [LABELS.service]: service,
  [LABELS.owner]: JSON.stringify(owner),
});

/** Filters by which the engine lists the containers of one service. */
export const ofService = (service: string) => ({ label: [`${LABELS.service}=${service}`] });
/** The same, of every llem. */
export const ofAnyone = () => ({ label: [LABELS.owner] });

/** The process that made it; null for labels that no llem wrote. */
export function ownerOf(labels: Readonly<Record<string, string>>): ProcessIdentity | null {
  try {
    return identitySchema.safeParse(JSON.parse(labels[LABELS.owner] ?? '')).data ?? null;
  } catch {
    return null;
  }
}

const LONGEST_RUN = 48;

/** `llem-<run>-<the beginning of a UUID>`: letters, digits and `_.-` alone, as the engine demands. */
export function containerName(runId: string, uuid: string): string {
  const run = runId.replace(/[^A-Za-z0-9_.-]+/g, '-').slice(0, LONGEST_RUN);
  return `llem-${run}-${uuid.slice(0, 8)}`;
}
