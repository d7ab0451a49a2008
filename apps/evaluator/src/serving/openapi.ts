import { z } from 'zod';
import {
  addressListSchema,
  errorSchema,
  healthSchema,
  modelSchema,
  predictionSchema,
  querySchema,
  resultsSchema,
} from './schemas.js';

const json = (schema: object) => ({ content: { 'application/json': { schema } } });
const named = (name: string) => ({ $ref: `#/components/schemas/${name}` });
const refused = (description: string) => ({ description, ...json(named('Error')) });
/** What any path may be answered with: what is no HTTP, or is refused before its path is looked at. */
const other = refused('Any other error: its status is 400, 404, 405, 408, 417, 431, 500 or 503.');
const retryAfter = {
  headers: { 'Retry-After': { description: 'Seconds.', schema: { type: 'integer' } } },
};
const binary = { type: 'string', format: 'binary' };

/** Without the dialect, which the document says once. */
function schemaOf(schema: z.ZodType, io: 'input' | 'output' = 'output'): object {
  const made = z.toJSONSchema(schema, { io });
  delete made.$schema;
  return made;
}

/** The OpenAPI document of the server, made of the schemas that check what comes in. */
export function openApi(version: string) {
  const query = schemaOf(querySchema, 'input') as { properties: Record<string, { description?: string }> };
  return {
    openapi: '3.1.0',
    info: {
      title: 'polytag-eval serve',
      version,
      description: 'Predicts labels of photographs. Every error is JSON with a code, a message and a hint.',
    },
    paths: {
      '/predict': {
        post: {
          summary: 'Labels of one picture or of several',
          parameters: Object.entries(query.properties).map(([name, { description, ...schema }]) => ({
            name,
            in: 'query',
            required: false,
            description,
            schema,
          })),
          requestBody: {
            required: true,
            content: {
              'image/jpeg': { schema: binary },
              'image/png': { schema: binary },
              'image/webp': { schema: binary },
              'application/octet-stream': { schema: binary },
              'multipart/form-data': {
                schema: {
                  type: 'object',
                  properties: { image: { type: 'array', items: binary } },
                },
              },
              'application/json': { schema: schemaOf(addressListSchema, 'input') },
            },
          },
          responses: {
            200: {
              description: 'Labels. For a form or a list: one result per picture, which may be an error.',
              ...json({ oneOf: [named('Prediction'), named('Results')] }),
            },
            400: refused('The request is invalid.'),
            403: refused('This server does not accept URLs.'),
            408: refused('The body did not arrive in time.'),
            413: refused('The body or the picture is too large.'),
            415: refused(
              'The body is not a JPEG, PNG or WebP, is compressed, or is JSON with another Content-Type.',
            ),
            422: refused('The picture is damaged, or cannot be downloaded.'),
            429: { ...refused('The server is busy.'), ...retryAfter },
            500: refused('The server failed on this request.'),
            503: {
              ...refused('The request took too long, or the server is stopping.'),
              ...retryAfter,
            },
            default: other,
          },
        },
      },
      '/model': {
        get: {
          summary: 'The labels of the model, and the threshold of each',
          responses: { 200: { description: 'The model.', ...json(named('Model')) }, default: other },
        },
      },
      '/health': {
        get: {
          summary: 'Whether the server accepts requests',
          responses: {
            200: { description: 'It accepts requests.', ...json(named('Health')) },
            503: { description: 'It is stopping.', ...json(named('Health')) },
            default: other,
          },
        },
      },
      '/metrics': {
        get: {
          summary: 'Metrics for Prometheus',
          responses: {
            200: { description: 'Figures.', content: { 'text/plain': { schema: { type: 'string' } } } },
            default: other,
          },
        },
      },
      '/openapi.json': {
        get: {
          summary: 'This document',
          responses: { 200: { description: 'OpenAPI 3.1.', ...json({ type: 'object' }) }, default: other },
        },
      },
    },
    components: {
      schemas: {
        Prediction: schemaOf(predictionSchema),
        Results: schemaOf(resultsSchema),
        Error: schemaOf(errorSchema),
        Health: schemaOf(healthSchema),
        Model: schemaOf(modelSchema),
      },
    },
  };
}
