import * as z from 'zod';

/**
 * An object with values of one kind under any keys, such as the names of labels. `z.record` drops the key `__proto__`;
 * here it is a key like others: the result has no prototype. The first wrong value is told alone, however many there are.
 */
export function anyKeys<Value extends z.ZodType>(value: Value) {
  return z
    .custom<object>(
      (given) => typeof given === 'object' && given !== null && !Array.isArray(given),
      'expected an object',
    )
    .transform((given, context) => {
      const found = Object.create(null) as Record<string, z.output<Value>>;
      for (const [key, inner] of Object.entries(given)) {
        const result = value.safeParse(inner);
        if (!result.success) {
          const { message } = result.error.issues[0];
          context.addIssue({ code: 'custom', message, path: [key], input: inner });
          return z.NEVER;
        }
        found[key] = result.data;
      }
      return found;
    });
}
