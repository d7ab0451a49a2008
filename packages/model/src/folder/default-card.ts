import type { MultiLabelModel } from '../multi-label-model.js';

/** The README.md of a saved model when the caller gives none: what it is and how to use it. */
export function defaultCard(model: MultiLabelModel): string {
  const { height, width } = model.preprocessing;
  return `---
library_name: polytag
pipeline_tag: image-classification
---

# ${model.backbone.name} with ${model.head.name} head

A multi-label image classifier for ${model.labels.size} labels, ${height} x ${width} pixels, made with Polytag.

\`\`\`ts
import { useEngine } from '@polytag/engine';
import { loadModel } from '@polytag/model';

await useEngine('wasm');
const model = await loadModel('path/of/this/folder');
console.log(await model.predict('photo.jpg'));
\`\`\`

Its outputs are ${model.outputSpace}; probability = sigmoid(${model.scale} · output).
No scores were recorded with it.

Labels: ${model.labels.names.join(', ')}.
`;
}
