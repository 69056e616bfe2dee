// Whether this machine can prove to a registry what a package was built from: npm does it where the platform signs for a job.

/**
 * `{ available, text }`: with the text being what a maintainer is told.
 * @param {NodeJS.ProcessEnv} env
 */
export function provenance(env) {
  if (env.GITHUB_ACTIONS === 'true') {
    return env.ACTIONS_ID_TOKEN_REQUEST_URL && env.ACTIONS_ID_TOKEN_REQUEST_TOKEN
      ? { available: true, text: 'signed by GitHub Actions' }
      : { available: false, text: 'none: the job lacks "permissions: id-token: write"' };
  }
  if (env.GITLAB_CI === 'true') {
    return env.SIGSTORE_ID_TOKEN
      ? { available: true, text: 'signed by GitLab CI/CD' }
      : { available: false, text: 'none: the job lacks an id token SIGSTORE_ID_TOKEN for "sigstore"' };
  }
  return { available: false, text: 'none: only jobs of GitHub Actions and GitLab CI/CD can be signed for' };
}
