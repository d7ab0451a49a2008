import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { readConfigFile } from '@polytag/cli';
import * as z from 'zod';

const example = (name: string) =>
  fileURLToPath(new URL(`../../../examples/machines/${name}`, import.meta.url));

// What Kubernetes 1.33 says of a Job (batch/v1, JobSpec) and a pod (core/v1, PodSpec): the fields that such a job has any
// use for, and no others, so that a misspelt one is found.
const name = z.string().regex(/^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/);
const quantity = z.string().regex(/^\d+(\.\d+)?(m|[KMGT]i?)?$/);
const quantities = z.strictObject({ cpu: quantity, memory: quantity }).partial();
const rule = z
  .strictObject({
    action: z.enum(['FailJob', 'FailIndex', 'Ignore', 'Count']),
    onExitCodes: z
      .strictObject({
        containerName: name.optional(),
        operator: z.enum(['In', 'NotIn']),
        // Ordered, without duplicates; 0 is not allowed for In.
        values: z.array(z.int().min(1).max(255)).min(1).max(255),
      })
      .optional(),
    onPodConditions: z
      .array(z.strictObject({ type: z.string(), status: z.enum(['True', 'False', 'Unknown']) }))
      .optional(),
  })
  .refine((one) => (one.onExitCodes === undefined) !== (one.onPodConditions === undefined));
const job = z.strictObject({
  apiVersion: z.literal('batch/v1'),
  kind: z.literal('Job'),
  metadata: z.strictObject({ name }),
  spec: z.strictObject({
    completionMode: z.enum(['Indexed', 'NonIndexed']),
    completions: z.int().positive(),
    parallelism: z.int().min(0),
    backoffLimitPerIndex: z.int().min(0),
    // Only with restartPolicy Never.
    podFailurePolicy: z.strictObject({ rules: z.array(rule).min(1).max(20) }),
    template: z.strictObject({
      spec: z.strictObject({
        restartPolicy: z.literal('Never'),
        terminationGracePeriodSeconds: z.int().min(0),
        securityContext: z.strictObject({ runAsNonRoot: z.boolean(), runAsUser: z.int(), fsGroup: z.int() }),
        containers: z
          .array(
            z.strictObject({
              name,
              image: z.string(),
              command: z.array(z.string()),
              resources: z.strictObject({ requests: quantities, limits: quantities }),
              volumeMounts: z.array(z.strictObject({ name, mountPath: z.string().startsWith('/') })),
            }),
          )
          .min(1),
        volumes: z.array(
          z.strictObject({ name, persistentVolumeClaim: z.strictObject({ claimName: name }) }),
        ),
      }),
    }),
  }),
});

it('has a job for Kubernetes that its schema accepts, with as many shares as completions', async () => {
  const { spec } = job.parse(await readConfigFile(example('kubernetes-predict.yaml')));
  const [container] = spec.template.spec.containers;
  expect(spec.completionMode).toBe('Indexed');
  const shares = [...container.command.join(' ').matchAll(/\$share\/(\d+)/g)].map(([, count]) =>
    Number(count),
  );
  expect(shares).toEqual([spec.completions]);
  expect(container.volumeMounts.map((mount) => mount.name)).toEqual(
    spec.template.spec.volumes.map((one) => one.name),
  );
});

it.each(['slurm-sweep.sh', 'shares.sh'])('has %s, which a shell can read', (script) => {
  execFileSync('bash', ['-n', example(script)]);
});

it('has as many shares in the array of Slurm as elements', () => {
  const text = readFileSync(example('slurm-sweep.sh'), 'utf8');
  expect(/--array=1-(\d+)/.exec(text)![1]).toBe(/TASK_ID\/(\d+)/.exec(text)![1]);
});
