import { movedSchema } from './moved-schema.js';

it.each([
  ['../schema/labels.json', '/a/b/x.json', '/a/c/d/y.json', '../../schema/labels.json'],
  ['schema.json', '/a/x.json', '/a/y.json', 'schema.json'],
  ['./schema.json', '/a/b/x.json', '/a/y.json', './b/schema.json'],
  ['https://example.org/s.json', '/a/x.json', '/b/y.json', 'https://example.org/s.json'],
  [1, '/a/x.json', '/b/y.json', 1],
])('%j of %s is in %s %j', (schema, from, to, expected) => {
  expect(movedSchema(schema, from, to)).toBe(expected);
});
