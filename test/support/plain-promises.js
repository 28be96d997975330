/**
 * Loaded before the tests. node:test follows every promise there is, to say which test an error outside
 * of all tests belongs to; a quarter of the time of tests that read many files. Here it follows none:
 * such an error still fails the run, and names no test.
 */
import { createRequire } from 'node:module';

/** @type {typeof import('node:async_hooks')} */
const asyncHooks = createRequire(import.meta.url)('node:async_hooks');
const { createHook } = asyncHooks;

asyncHooks.createHook = (callbacks) => {
  const hook = createHook(callbacks);
  const isOfTheRunner = new Error().stack?.includes('node:internal/test_runner') === true;
  return isOfTheRunner ? Object.assign(hook, { enable: () => hook }) : hook;
};
