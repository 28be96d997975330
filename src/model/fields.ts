/** Checked values out of frontmatter: one zod schema a file type, one Problem for each thing that is wrong. */
import { z } from 'zod';
import type { FrontMatter, Problem, StorePath } from '../plugin.ts';
import { quote } from './names.ts';

/** Text as written; a bare number counts as text, since nobody quotes `value: 12`. */
export const textField = z.union([z.string(), z.number().transform(String)]);
export const quotedText = z.string();
export const textList = z.array(textField);
/** `relation: target` in quotes; without them YAML makes it a mapping of one key, which is meant the same. */
export const relationList = z.array(
  z.union([
    textField,
    z
      .record(z.string(), textField)
      .refine((pairs) => Object.keys(pairs).length === 1)
      .transform(
        (pairs) => Object.entries(pairs).map(([name, target]) => `${name}: ${target}`)[0] ?? '',
      ),
  ]),
);
export const flag = z.boolean();
/** `2026-12-31`: a day that exists. */
export const isoDate = z.iso.date();
/** `2026-04-09T10:15:00Z`: UTC. */
export const isoTime = z.iso.datetime();
/** 0 to 1; `0.70` is kept as it was written and so arrives as text. */
export const unitNumber = z
  .union([
    z.number(),
    z
      .string()
      .regex(/^[01]?\.?\d+$/)
      .transform(Number),
  ])
  .refine((value) => value >= 0 && value <= 1);

/** What each shape is called in a message. */
const WORDS: Readonly<Record<string, string>> = {
  date: 'a date such as 2026-12-31',
  datetime: 'a time such as 2026-04-09T10:15:00Z',
  string: 'text in quotes',
  boolean: 'true or false',
  array: 'a list',
};

/** The checked fields, or a problem for the first one that is wrong. */
export function readFields<Shape extends z.ZodObject>(
  schema: Shape,
  frontMatter: FrontMatter,
  path: StorePath,
): { fields: z.infer<Shape> } | { problem: Problem } {
  const read = schema.safeParse(frontMatter);
  if (read.success) return { fields: read.data };
  const issue = read.error.issues[0];
  const [key = '', ...inner] = (issue?.path ?? []).map(String);
  const found = key in frontMatter ? describe(valueAt(frontMatter[key], inner)) : 'nothing';
  return {
    problem: {
      path,
      rule: 'bad-field',
      message: `Expected ${expectation(issue)} in ${inner.length > 0 ? 'each item of ' : ''}\`${key}\`, found ${found}. Correct that field.`,
    },
  };
}

function valueAt(value: unknown, keys: readonly string[]): unknown {
  return keys.reduce<unknown>(
    (now, key) => (typeof now === 'object' && now !== null ? Reflect.get(now, key) : undefined),
    value,
  );
}

type Issue = z.core.$ZodIssue | undefined;

function expectation(issue: Issue): string {
  if (issue === undefined) return 'something else';
  if (issue.code === 'invalid_value') {
    return `one of ${issue.values.map((value) => String(value)).join(', ')}`;
  }
  if (issue.code === 'invalid_format')
    return WORDS[issue.format] ?? `text in the form ${issue.format}`;
  if (issue.code === 'invalid_type') return WORDS[issue.expected] ?? `a ${issue.expected}`;
  if (issue.code === 'invalid_union')
    return issue.path[0] === 'confidence' ? 'a number from 0 to 1' : 'text';
  return issue.code === 'custom' ? 'a number from 0 to 1' : issue.message;
}

function describe(value: unknown): string {
  if (typeof value === 'string') return quote(value);
  if (Array.isArray(value)) return 'a list';
  if (value === null) return 'nothing';
  return typeof value === 'object' ? 'a mapping' : `${typeof value} ${String(value)}`;
}
