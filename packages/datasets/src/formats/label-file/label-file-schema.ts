import * as z from 'zod';

const className = z.union([z.string().min(1), z.int()], { error: 'expected a string or an integer' });
const labels = z.array(className, { error: 'expected a list of labels' });

const more = z.strictObject({
  unknown: labels.meta({ description: 'Labels that may or may not be present: nobody knows.' }).optional(),
  absent: labels
    .meta({
      description: 'Labels that the image does not have. Only needed if "unlisted" is "unknown".',
    })
    .optional(),
});

const image = z
  .tuple([z.string().min(1), labels, more.optional()], {
    error: 'expected [path, [label, …]], optionally with {"unknown": [label, …], "absent": [label, …]}',
  })
  .meta({
    description:
      'The path of an image, relative to this file; its labels; optionally its unknown and absent labels.',
  });

/**
 * The text of a label file. Other keys are allowed and ignored. The JSON schema for editors, `label-file.schema.json`
 * of this package, is made from this.
 */
export const labelFileSchema = z
  .object({
    $schema: z.string().meta({ description: 'Path or URL of this schema, for editors.' }).optional(),
    classes: z
      .array(className)
      .meta({ description: 'All labels that an image can have: strings, or integers; each once.' }),
    unlisted: z
      .enum(['absent', 'unknown'], { error: 'expected "absent" or "unknown"' })
      .meta({
        description:
          'Meaning of a label that an image does not list: the image does not have it (absent), or it is not known (unknown).',
        default: 'absent',
      })
      .optional(),
    images: z.array(image).meta({ description: 'Each image once.' }),
  })
  .meta({ title: 'Polytag label file' });

/** The JSON schema of a label file, in draft 7, which editors support best. */
export function labelFileJsonSchema(): object {
  return z.toJSONSchema(labelFileSchema, { target: 'draft-7', io: 'input' });
}
