/**
 * zod as @hono/zod-openapi extends it: schemas may be named for `/openapi.json`. Its own export is taken
 * for plain zod by a bundler, which then runs what defines schemas before what extends them.
 */
import { z as extended } from '@hono/zod-openapi';
import type * as zod from 'zod';

export const z = extended;

/** The types that go with it. */
export declare namespace z {
  export type ZodError = zod.ZodError;
  export type ZodOptional<Inner extends zod.core.SomeType> = zod.ZodOptional<Inner>;
  export type ZodString = zod.ZodString;
  export type ZodType<Output = unknown, Input = unknown> = zod.ZodType<Output, Input>;
  export type ZodUndefined = zod.ZodUndefined;
  export type input<Schema> = zod.input<Schema>;
  export type output<Schema> = zod.output<Schema>;
}
