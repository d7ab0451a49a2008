import { checkpointShape, type Parameter, type ParameterAlias } from '@polytag/layers';

/** What published checkpoints put before a key: wrappers of training code and of whole models. */
const PREFIXES = [
  ...[
    'nncf_module.',
    'module.',
    'model.',
    'backbone.',
    'model_ema.',
    'ema_model.',
    'ema.',
    'net.',
    'network.',
    'dinov2.',
    'dinov2_with_registers.',
  ],
  'head.decoder.',
] as const;

/** What compiling, sharding and recomputing put into keys, at any place, since parts of a network may be wrapped. */
const WRAPPERS =
  /(^|\.)(?:(?:_orig_mod|_fsdp_wrapped_module|_checkpoint_wrapped_module|_forward_module|_fpw_module)\.)+/g;

/** The original release of ML-Decoder keeps the decoder under `head.`. */
const REPLACED: Readonly<Record<string, string>> = { 'head.decoder.': 'decoder.' };

/** Counters that frameworks store beside batch norm; nothing here needs them. */
const isCounter = (key: string): boolean => key.endsWith('num_batches_tracked');

export interface ShapeMismatch {
  /** Key of the model. */
  readonly key: string;
  /** Key in the file. */
  readonly storedKey: string;
  /** Shape that the model needs, in checkpoint order. */
  readonly expected: readonly number[];
  /** Shape in the file. */
  readonly found: readonly number[];
}

export interface StoredParameter {
  /** Key in the file. */
  readonly storedKey: string;
  /** Keys of the following tensors along the first axis, if the file stores the parameter in pieces. */
  readonly more?: readonly string[];
  /** Converts the file's values, if they are published under an alias with another meaning. */
  readonly convert?: ParameterAlias['convert'];
}

export interface KeyMatch {
  /** Where the file has each parameter, by key of the model. */
  readonly matched: ReadonlyMap<string, StoredParameter>;
  readonly mismatched: readonly ShapeMismatch[];
  /** Keys of the model that the file lacks, without those that are not used in computation. */
  readonly missing: readonly string[];
  /** Keys of the file that the model lacks. */
  readonly unused: readonly string[];
}

/**
 * Matches the parameters of a model with the tensors of a file. A key matches as it is, or without the prefixes that
 * training code and whole models add. If several keys match, the one with the fewest removed prefixes wins. A parameter
 * without a match is looked up by its alias. If most parameters are under one other prefix, as in a file with several
 * networks, that prefix is used.
 *
 * @param wanted parameters that a prefix must cover. Default: all
 */
export function matchKeys(
  parameters: readonly Parameter[],
  stored: ReadonlyMap<string, { readonly shape: readonly number[] }>,
  wanted: (key: string) => boolean = () => true,
): KeyMatch {
  const byShortKey = new Map<string, { storedKey: string; removed: number }>();
  for (const storedKey of stored.keys()) {
    for (const [removed, short] of shortened(storedKey).entries()) {
      const other = byShortKey.get(short);
      if (!other || removed < other.removed) byShortKey.set(short, { storedKey, removed });
    }
  }
  const lacking = parameters.filter(
    ({ key, alias }) => !byShortKey.has(key) && !(alias && byShortKey.has(alias.key)),
  );
  const prefix = commonPrefix(
    lacking.filter(({ key }) => wanted(key)),
    byShortKey,
  );
  if (prefix !== undefined) {
    for (const { key, alias } of lacking) {
      for (const one of [key, ...(alias ? [alias.key, ...(alias.more ?? [])] : [])]) {
        const place = byShortKey.get(prefix + one);
        if (place) byShortKey.set(one, place);
      }
    }
  }
  const matched = new Map<string, StoredParameter>();
  const mismatched: ShapeMismatch[] = [];
  const missing: string[] = [];
  for (const parameter of parameters) {
    const { key, alias } = parameter;
    const own = byShortKey.get(key);
    const places = own ? [own] : piecesOf(alias, byShortKey);
    if (places === undefined) {
      if (!parameter.optional) missing.push(key);
      continue;
    }
    const [storedKey, ...more] = places.map((place) => place.storedKey);
    const expected = checkpointShape(parameter);
    const found = joinedShape(places.map((place) => stored.get(place.storedKey)!.shape));
    if (expected.length === found.length && expected.every((extent, i) => extent === found[i])) {
      const convert = own ? undefined : alias?.convert;
      matched.set(key, { storedKey, convert, ...(more.length > 0 && { more }) });
    } else {
      mismatched.push({ key, storedKey, expected, found });
    }
  }
  const used = new Set(
    [...matched.values(), ...mismatched].flatMap((one) => [
      one.storedKey,
      ...('more' in one ? one.more! : []),
    ]),
  );
  const unused = [...stored.keys()].filter((key) => !used.has(key) && !isCounter(key));
  return { matched, mismatched, missing, unused };
}

/** The places of all tensors that an alias stands for, in their order; undefined unless the file has every one. */
function piecesOf<Place>(
  alias: ParameterAlias | undefined,
  places: ReadonlyMap<string, Place>,
): readonly Place[] | undefined {
  const found = [alias?.key, ...(alias?.more ?? [])].map((key) =>
    key === undefined ? key : places.get(key),
  );
  return found.some((place) => place === undefined) ? undefined : (found as Place[]);
}

/** Of tensors that follow each other along the first axis; that of the first where the other axes differ. */
function joinedShape([first, ...others]: readonly (readonly number[])[]): readonly number[] {
  const [, ...rest] = first;
  if (others.some((shape) => String(shape.slice(1)) !== String(rest))) return first;
  return [first, ...others].reduce((sum, shape) => [sum[0] + shape[0], ...rest], [0]);
}

/** A key, then the key with one prefix removed, with two, … */
function shortened(key: string): string[] {
  const unwrapped = key.replace(WRAPPERS, '$1');
  const keys = unwrapped === key ? [key] : [key, unwrapped];
  for (;;) {
    const last = keys.at(-1)!;
    const prefix = PREFIXES.find((candidate) => last.startsWith(candidate));
    if (prefix === undefined) return keys;
    keys.push((REPLACED[prefix] ?? '') + last.slice(prefix.length));
  }
}

/** Keys that prefixes are guessed from: those at the ends and in the middle of a network. */
const SAMPLES = 16;

/** The one prefix under which more than half of the parameters are; the first of the file where several are as good. */
function commonPrefix(
  parameters: readonly Parameter[],
  stored: ReadonlyMap<string, unknown>,
): string | undefined {
  if (parameters.length < 2) return undefined;
  const step = Math.max(1, Math.floor(parameters.length / SAMPLES));
  const samples = parameters.filter((_, i) => i % step === 0);
  const votes = new Map<string, number>();
  for (const storedKey of stored.keys()) {
    for (const { key } of samples) {
      if (!storedKey.endsWith(key) || storedKey === key) continue;
      const prefix = storedKey.slice(0, -key.length);
      votes.set(prefix, (votes.get(prefix) ?? 0) + 1);
    }
  }
  const likely = [...votes].sort(([, a], [, b]) => b - a).slice(0, 8);
  const found = likely.map(([prefix]) => ({
    prefix,
    count: parameters.filter(
      ({ key, alias }) => stored.has(prefix + key) || (alias && stored.has(prefix + alias.key)),
    ).length,
  }));
  const best = found.reduce((one, other) => (other.count > one.count ? other : one), {
    prefix: '',
    count: 0,
  });
  return best.count >= 2 && 2 * best.count > parameters.length ? best.prefix : undefined;
}

/**
 * How many classes the file's weights are for, when that is why a shape does not fit: the one extent that differs is
 * the number of labels in the model. Undefined when the shapes differ otherwise.
 */
export function classesOf(mismatched: readonly ShapeMismatch[], classes: number): number | undefined {
  for (const { expected, found } of mismatched) {
    if (expected.length !== found.length) continue;
    const different = expected.flatMap((extent, axis) => (extent === found[axis] ? [] : [axis]));
    if (different.length === 1 && expected[different[0]] === classes) return found[different[0]];
  }
  return undefined;
}
