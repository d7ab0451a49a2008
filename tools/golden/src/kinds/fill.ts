import { fnv1a } from '@polytag/core';
import { expectClose } from '../compare.js';
import { uniforms } from '../fill.js';
import type { KindRunners } from '../runner.js';

export const fillKinds: KindRunners = {
  fill_check: {
    withoutEngine: true,
    run: (golden) => {
      for (const { salt, name, fnv1a: hash, u } of golden['values']) {
        expectClose(`${salt}/${name} hash`, [fnv1a(`${salt}/${name}`)], [hash], {});
        expectClose(`${salt}/${name} uniforms`, uniforms(salt, name, u.length), u, {});
      }
    },
  },
};
