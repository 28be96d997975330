/** The public interface: a store's engine, and the application that serves it. */
export type {
  Decided,
  Decision,
  EngineOptions,
  EngineStatus,
  Person,
  RefreshedRoot,
  RefreshReport,
} from './engine.ts';
/** Opens a store, keeps it settled, and makes every change to it. */
export { Engine } from './engine.ts';
export type { ErrorCode } from './errors.ts';
/** What is thrown where the world is wrong, with a permanent code. */
export { AtoError, ERROR_CODES, isAtoError } from './errors.ts';
export type { App, AppSettings } from './http/app.ts';
/** `Request` in, `Response` out; `app.request()` needs no port. */
export { createApp } from './http/app.ts';
export type { Served, ServeSettings } from './http/serve.ts';
/** Opens a port for an app. */
export { serve } from './http/serve.ts';
export type { Scope, Tokens } from './http/tokens.ts';
/** The tokens of a store, kept in the user's config folder. */
export { loadTokens } from './http/tokens.ts';
/** What answers on `/mcp` of an app: its setting `mcp`. */
export { mcpOverHttp } from './mcp/over-http.ts';
export type * from './plugin.ts';
export type { ContextAsk, Pack, PackEntry, PackSection, Receipt } from './view/context.ts';
/** The context pack for a prompt, out of a view. */
export { buildContext } from './view/context.ts';
export type { View } from './view/view.ts';
