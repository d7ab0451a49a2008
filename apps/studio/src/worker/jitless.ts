import { config } from 'zod';

// The policy of the page allows no code that is made of text; schemas are read instead. Imported before any schema is made.
config({ jitless: true });
