/** Where a daemon listens unless told otherwise, and which addresses stay on this machine. */
export const DEFAULT_HOST = '127.0.0.1';
export const DEFAULT_PORT = 8100;

/** True for an address or name that only this machine reaches. */
export function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || /^127(?:\.\d{1,3}){3}$/.test(host);
}
