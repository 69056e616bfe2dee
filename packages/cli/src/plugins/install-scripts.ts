/** npm runs the install scripts of whatever it installs; a plugin of a measuring tool has no use for them. */

/**
 * Tells npm so for the commands on plugins. Who needs the scripts of a plugin sets `npm_config_ignore_scripts=false` for
 * that one command.
 */
export function forbidInstallScripts(commandId: string | undefined, env: NodeJS.ProcessEnv): void {
  if (commandId === undefined || !/^plugins(:|$)/.test(commandId)) return;
  env['npm_config_ignore_scripts'] ??= 'true';
}
