// Writes label-file.schema.json, the JSON schema of a label file for editors, from the zod schema that reads one.
import { writeFileSync } from 'node:fs';
import { labelFileJsonSchema } from './dist/index.js';

const path = new URL('label-file.schema.json', import.meta.url);
writeFileSync(path, `${JSON.stringify(labelFileJsonSchema(), null, 2)}\n`);
