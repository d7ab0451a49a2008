import * as z from 'zod';

const className = z.union([z.string().min(1), z.int()], { error: 'expected a name or an integer' });
const labels = z.array(className, { error: 'expected a list of labels' });

const more = z.strictObject({
  unknown: labels
    .meta({ description: 'Labels of which nobody knows whether the image has them.' })
    .optional(),
  absent: labels
    .meta({
      description: 'Labels that the image is known not to have. Needed where "unlisted" is "unknown" only.',
    })
    .optional(),
});

const image = z
  .tuple([z.string().min(1), labels, more.optional()], {
    error: 'expected [path, [label, …]], or these and {"unknown": [label, …], "absent": [label, …]}',
  })
  .meta({
    description:
      'The path of an image, relative to this file; the labels that it has; and what is known, or not known, of others.',
  });

/**
 * A label file, as text has it. Other keys are allowed and ignored. The JSON schema for editors,
 * `label-file.schema.json` of this package, is made from it.
 */
export const labelFileSchema = z
  .object({
    $schema: z.string().meta({ description: 'Path or address of this schema, for editors.' }).optional(),
    classes: z
      .array(className)
      .meta({ description: 'All labels that an image can have: names, or integers; each once.' }),
    unlisted: z
      .enum(['absent', 'unknown'], { error: 'expected "absent" or "unknown"' })
      .meta({
        description:
          'What is known of a label that an image does not list: the image does not have it (absent), or nobody looked (unknown).',
        default: 'absent',
      })
      .optional(),
    images: z.array(image).meta({ description: 'Each image once.' }),
  })
  .meta({ title: 'Polytag label file' });

/** The JSON schema (draft 7, which editors know best) of a label file. */
export function labelFileJsonSchema(): object {
  return z.toJSONSchema(labelFileSchema, { target: 'draft-7', io: 'input' });
}
