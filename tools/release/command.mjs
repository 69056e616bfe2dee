// Runs other programs for a release; what they say is kept, and shown without secrets.
import { execFile } from 'node:child_process';

/** Runs to the end, whatever the outcome: `{ code, stdout, stderr }`. */
export function run(command, args, { cwd, env = process.env }) {
  return new Promise((resolve, reject) => {
    const options = { cwd, env, maxBuffer: 64 * 1024 ** 2 };
    execFile(command, args, options, (error, stdout, stderr) => {
      if (error && typeof error.code !== 'number') reject(error);
      else resolve({ code: error?.code ?? 0, stdout, stderr });
    });
  });
}

/** npm, which says its errors however the npm that started this process is to behave. */
export const npm = (args, options) => run('npm', [...args, '--loglevel=error'], options);

/** Text without what a log must not have: tokens as registries write them, and the values of variables that are named as secrets. */
export function withoutSecrets(text, env = process.env) {
  const MIN_LENGTH = 8;
  const values = Object.entries(env).flatMap(([name, value = '']) =>
    /token|secret|passw|auth|otp/i.test(name) && value.length >= MIN_LENGTH ? [value] : [],
  );
  const known = values.reduce((clean, value) => clean.replaceAll(value, '***'), text);
  return known
    .replace(/(_authToken|_password|_auth)(\s*=\s*)\S+/g, '$1$2***')
    .replace(/\b(Bearer|Basic) [\w+/.=~-]+/g, '$1 ***')
    .replace(/\bnpm_[A-Za-z0-9]{20,}|\beyJ[\w-]+\.[\w-]+\.[\w-]+/g, '***')
    .replace(/\/\/[^/@\s]+@/g, '//***@');
}
