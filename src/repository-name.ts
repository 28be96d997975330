/** Whether two URLs mean one repository, however each is spelt. */

/**
 * Host and path alone: `git@host:a/b.git`, `ssh://git@host:22/a/b` and `https://host/a/b` are one.
 * Case, scheme, user, port and `.git` say nothing. It is for finding, never for trusting.
 */
export function repositoryName(url: string): string {
  const trimmed = url.trim().replace(/[?#].*$/, '');
  const withScheme = /^(?:[a-z][a-z0-9+.-]*):\/\/(?:[^@/]*@)?([^/:]*)(?::\d+)?\/?(.*)$/i.exec(
    trimmed,
  );
  const scp = /^(?:[^@/:]+@)?([^/:]{2,}):(?!\/\/)(.+)$/.exec(trimmed);
  const [, host = '', path = trimmed] = withScheme ?? scp ?? [];
  const plain = path
    .replace(/\/+$/, '')
    .replace(/\.git$/i, '')
    .replace(/^\/+/, '');
  return `${host}/${plain}`.toLowerCase();
}
