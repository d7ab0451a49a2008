import {
  cameFrom,
  CheckpointError,
  nearest,
  partTitle,
  UsageError,
  validate,
  type OptionsSchema,
  type PartFile,
} from '@polytag/core';
import { checkPart } from './check-part.js';
import { askPart } from './own-part.js';
import { builtInParts } from './built-in-parts.js';
import { importPart, locateModule, moduleCode, readPartFile, workingFolder } from '#import-part';
import type { PartReference } from './model-config.js';
import type { AnyPartDefinition, PartKind, ResolvedPart } from './resolved-part.js';

export interface ResolvePartOptions {
  /** Parts that can be named in addition to the built-in ones. They override built-in parts of the same name. */
  readonly parts?: readonly AnyPartDefinition[];
  /** Folder of the config file. Default: the working folder. */
  readonly baseFolder?: string;
  /** Name of the config in errors, e.g. its file name. Default `config`. */
  readonly source?: string;
  /** Path of the reference in the config. Default `model.backbone`, `model.head` or `loss`. */
  readonly path?: string;
  /** Finds a module. Default: relative to the base folder. */
  readonly locate?: (reference: string, baseFolder: string) => string;
  /** Reads the file that a part is loaded from. Default: relative to the base folder. */
  readonly readFile?: (path: string) => Promise<PartFile>;
  /** Defaults for options that the config leaves out, used if the part has an option of that name. */
  readonly defaults?: Readonly<Record<string, unknown>>;
}

/**
 * Creates the part that a config names.
 *
 * @throws UsageError `usage/unknown-part` (with the nearest name), `usage/module-missing`, `usage/not-a-part`, and for
 * options `usage/unknown-key` and `usage/invalid`
 * @throws PartError `part/module-failed`, `part/threw`, `part/promise`, `part/contract`
 */
export async function resolvePart<Kind extends PartKind>(
  kind: Kind,
  reference: PartReference,
  settings: ResolvePartOptions = {},
): Promise<ResolvedPart<Kind>> {
  const { baseFolder = workingFolder(), source = 'config' } = settings;
  const path = settings.path ?? (kind === 'loss' ? 'loss' : `model.${kind}`);
  const module =
    'module' in reference ? (settings.locate ?? locateModule)(reference.module, baseFolder) : undefined;
  const definition =
    'module' in reference
      ? asDefinition(
          kind,
          await importPart(module!, baseFolder, `${source}: ${path}.module`),
          `${source}: ${path}.module`,
        )
      : named(kind, reference.name, settings.parts ?? [], `${source}: "${path}.name"`);
  const given = { ...knownOptions(definition.options, settings.defaults ?? {}), ...reference.options };
  const told = { source, path: `${path}.options` };
  let options = validate(definition.options, given, told);
  const { readFile = (file: string) => readPartFile(file, baseFolder) } = settings;
  const file = definition.file && (await fileOf(options as FileOptions, readFile));
  if (file) options = validate(definition.options, Object.assign(given, { sha256: file.sha256 }), told);
  if (module !== undefined) cameFrom(definition, module);
  const part: unknown = askPart(kind, { definition, part: definition as never }, 'create', () =>
    definition.create(options, file),
  );
  if (module !== undefined && typeof part === 'object' && part !== null) cameFrom(part, module);
  checkPart(kind, partTitle(kind, definition), part);
  return {
    part: part as ResolvedPart<Kind>['part'],
    definition: definition as ResolvedPart<Kind>['definition'],
    options: repeatable(definition.options, given, options),
    module,
    // Read now: a file that is edited while the model is trained is another.
    code: module === undefined ? undefined : await moduleCode(module, kind),
    file,
  };
}

/** What a part that is made of a file has among its options. */
interface FileOptions {
  readonly file: string;
  readonly sha256?: string;
}

/** @throws CheckpointError `checkpoint/checksum` for another file than the options mean */
async function fileOf(
  { file, sha256: expected }: FileOptions,
  readFile: (path: string) => Promise<PartFile>,
): Promise<PartFile> {
  const found = await readFile(file);
  const { sha256 } = found;
  if (expected === undefined || expected === sha256) return found;
  throw new CheckpointError(
    'checkpoint/checksum',
    `${file} is not the expected file: its SHA-256 is ${sha256}.`,
    {
      hint: `Expected ${expected}. Copy the file again, or set sha256 to the new value.`,
    },
  );
}

function knownOptions(
  schema: OptionsSchema,
  values: Readonly<Record<string, unknown>>,
): Record<string, unknown> {
  const shape = 'shape' in schema ? (schema.shape as Record<string, unknown>) : {};
  return Object.fromEntries(
    Object.entries(values).filter(([key, value]) => key in shape && value !== undefined),
  );
}

/** Options to save: with their defaults, unless the schema reads its own output as something else. */
function repeatable(
  schema: OptionsSchema,
  given: Record<string, unknown>,
  options: unknown,
): Record<string, unknown> {
  const again = schema.safeParse(options);
  // As they will be saved.
  return again.success && JSON.stringify(again.data) === JSON.stringify(options)
    ? (options as Record<string, unknown>)
    : given;
}

function named(
  kind: PartKind,
  name: string,
  parts: readonly AnyPartDefinition[],
  where: string,
): AnyPartDefinition {
  const known = [...parts, ...builtInParts].filter((part) => part.kind === kind);
  const found = known.find((part) => part.name === name);
  if (found) return found;
  const names = known.map((part) => part.name);
  const meant = nearest(name, names);
  throw new UsageError('usage/unknown-part', `${where} is "${name}": unknown ${kind}.`, {
    hint: meant
      ? `Did you mean "${meant}"?`
      : `Expected one of ${names.join(', ')}; or your own part: { module: "./file.js" }.`,
  });
}

function asDefinition(
  kind: PartKind,
  { value, names }: { readonly value: unknown; readonly names: readonly string[] },
  where: string,
): AnyPartDefinition {
  const found = value as Partial<AnyPartDefinition> | undefined;
  const maker = `define${kind[0].toUpperCase()}${kind.slice(1)}`;
  const byName = names.filter((name) => name !== 'default');
  if (found === undefined && byName.length > 0) {
    throw new UsageError(
      'usage/not-a-part',
      `${where}: the module has no default export; its named exports are ${byName.slice(0, 5).join(', ')}.`,
      { hint: `Write: export default ${maker}({ name, options, create }).` },
    );
  }
  if (
    !found ||
    typeof found.create !== 'function' ||
    typeof found.name !== 'string' ||
    !found.options?.safeParse
  ) {
    throw new UsageError('usage/not-a-part', `${where}: the default export of the module is not a part.`, {
      hint: `Write: export default ${maker}({ name, options, create }).`,
    });
  }
  if (found.kind !== kind) {
    throw new UsageError(
      'usage/not-a-part',
      `${where}: "${found.name}" is a ${found.kind}; expected a ${kind}.`,
      {
        hint: `Create it with ${maker}.`,
      },
    );
  }
  return found as AnyPartDefinition;
}
