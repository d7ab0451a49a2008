import { execFileSync, spawnSync } from 'node:child_process';
import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
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

/** Runs a script whose program stops it, and then takes its time to save: it ends with 130, and says so before. */
function stopped(command: readonly string[], programs: readonly string[]) {
  const folder = mkdtempSync(join(tmpdir(), 'polytag-examples-'));
  const put = (name: string, text: string) => {
    writeFileSync(join(folder, name), `#!/bin/sh\n${text}\n`);
    chmodSync(join(folder, name), 0o755);
  };
  for (const program of programs)
    put(
      program,
      `trap 'sleep 0.3; echo saved; exit 130' TERM; while :; do kill -TERM $PPID; sleep 0.1; done`,
    );
  put('scontrol', 'echo "$@"');
  const { status, stdout } = spawnSync(command[0], command.slice(1), {
    encoding: 'utf8',
    env: {
      PATH: `${folder}${delimiter}${process.env['PATH']}`,
      SLURM_ARRAY_TASK_ID: '1',
      SLURM_JOB_ID: '7',
      JOB_COMPLETION_INDEX: '0',
    },
  });
  rmSync(folder, { recursive: true });
  return { status, lines: stdout.trim().split('\n') };
}

it('has a Slurm job that waits until a stopped trial is saved, and is put into the queue again', () => {
  const ended = stopped(['bash', example('slurm-sweep.sh')], ['polytag-train']);
  expect(ended).toEqual({ status: 130, lines: ['saved', 'requeue 7'] });
});

it('has a pod that passes SIGTERM on, and waits until its share is saved', async () => {
  const { spec } = job.parse(await readConfigFile(example('kubernetes-predict.yaml')));
  const ended = stopped(spec.template.spec.containers[0].command, ['polytag-eval']);
  expect(ended).toEqual({ status: 130, lines: ['saved'] });
});

it('has a script of shares that passes SIGTERM on, and waits until its share is saved', () => {
  const out = join(mkdtempSync(join(tmpdir(), 'polytag-shares-')), 'labels.csv');
  const ended = stopped(['bash', example('shares.sh'), 'photos', 'model', out, '1'], ['polytag-eval']);
  rmSync(dirname(out), { recursive: true });
  expect(ended).toEqual({ status: 1, lines: ['saved'] });
});
