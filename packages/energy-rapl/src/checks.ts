/** Whether the counters can be read here, and what to do where they cannot. */
import { join } from 'node:path';
import { failed, ok, warning, type Check, type Finding } from '@llem/core';
import { obstacle as obstacleOfFile } from '@llem/sysfs';
import type { Zone, Zones } from './zones.js';

const NO_RAPL =
  'On a machine of your own load the kernel module `intel_rapl_msr` (Intel and AMD, Linux 5.8 and later on AMD). ' +
  'Virtual machines and ARM processors have no RAPL. Until then energy of the processor can only be estimated.';

/** What keeps one counter from being read: the system's name of the error; null when nothing does. */
export const obstacle = ({ path }: Zone): string | null => obstacleOfFile(join(path, 'energy_uj'));

/** The check `rapl.readable`; it looks at the tree when it runs, and tries each counter with `obstacleOf`. */
export function readable(root: string, look: () => Zones, obstacleOf = obstacle): Check {
  return {
    id: 'rapl.readable',
    title: 'Processor energy counters (RAPL)',
    run: () => Promise.resolve(find(root, look(), obstacleOf)),
  };
}

function find(root: string, { billed, leftOut }: Zones, obstacleOf: typeof obstacle): Finding {
  if (process.platform !== 'linux' && billed.length === 0) {
    return failed(`RAPL is read through Linux; this is ${process.platform}.`, NO_RAPL);
  }
  if (billed.length === 0) {
    const unreadable = leftOut.filter(({ reason }) => reason.startsWith('it cannot be read'));
    const why = unreadable.map(({ zone, reason }) => `${zone}: ${reason}`).join('; ');
    if (why !== '') return failed(`No energy counter under ${root} can be read (${why}).`, permission(root));
    return failed(
      `There is no energy counter under ${root}.`,
      `${NO_RAPL} In a container mount the tree of the host and name it: \`powercap_path\`.`,
    );
  }
  const obstacles = billed.flatMap((zone) => {
    const code = obstacleOf(zone);
    return code === null ? [] : [{ zone, code }];
  });
  const denied = obstacles.some(({ code }) => code === 'EACCES' || code === 'EPERM');
  const remedy = denied
    ? permission(root)
    : 'Look into the kernel log (`dmesg | grep -i rapl`); a processor that is offline takes its counter away.';
  const blocked = obstacles.map(({ zone, code }) => `${zone.id} (${code})`).join(', ');
  if (obstacles.length === billed.length) return failed(`No energy counter can be read: ${blocked}.`, remedy);
  if (obstacles.length > 0) return warning(`Some energy counters cannot be read: ${blocked}.`, remedy);
  return ok(`Energy counters: ${billed.map(({ id }) => id).join(', ')}.`);
}

/** Linux 5.10 and later give the counters to root alone, since they can tell secrets (CVE-2020-8694). */
function permission(root: string): string {
  return (
    `Since Linux 5.10 only root may read them. Until the next boot: \`sudo chmod -R a+r ${root}/intel-rapl*/\`. ` +
    'For good: the udev rule `SUBSYSTEM=="powercap", ACTION=="add", RUN+="/bin/chmod a+r /sys%p/energy_uj"` ' +
    'in /etc/udev/rules.d/90-rapl.rules. Container systems mask the tree: mount that of the host and name it, `powercap_path`.'
  );
}
