import * as z from 'zod';

/** Off (`false`), on with every default (`true`), or on with these settings. */
export const switchable = <Settings extends z.ZodObject>(settings: Settings) =>
  z.union([z.literal(false), z.literal(true).transform(() => settings.parse({})), settings]);
