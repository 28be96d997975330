/** JSON of others, of which nothing is sure: what is there is taken, the rest passed over. */

export type Json = Readonly<Record<string, unknown>>;

/** What a text says as JSON; nothing where it is none. */
export function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}

export function objectOf(value: unknown): Json | undefined {
  const isObject = typeof value === 'object' && value !== null && !Array.isArray(value);
  return isObject ? (value as Json) : undefined;
}

/** A text with something in it. */
export function textOf(value: unknown): string | undefined {
  return typeof value === 'string' && value.trim() !== '' ? value : undefined;
}

/** The texts of a message: one, or the text blocks of many. None where it is neither. */
export function texts(content: unknown): readonly string[] | undefined {
  if (typeof content === 'string') return [content];
  if (!Array.isArray(content)) return undefined;
  return content.flatMap((block: unknown) => {
    const { type, text } = objectOf(block) ?? {};
    const isText = type === 'text' || type === 'input_text' || type === 'output_text';
    return isText && typeof text === 'string' ? [text] : [];
  });
}

/** What of it has a value. */
export function defined<Shape extends object>(
  shape: Shape,
): { [Key in keyof Shape]?: Exclude<Shape[Key], undefined> } {
  const entries = Object.entries(shape).filter(([, value]) => value !== undefined);
  return Object.fromEntries(entries) as { [Key in keyof Shape]?: Exclude<Shape[Key], undefined> };
}
