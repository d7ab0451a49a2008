import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { UsageError } from '@polytag/core';
import type { ModelName, Work } from '../side/work.js';

/** A program that does the same work with another library. */
export interface Peer {
  /** Runs the script. */
  readonly python: string;
  readonly script: string;
  readonly threads: number;
  readonly channelsLast: boolean;
  /** Of inference: traced, with batch norms in the weights, the fastest that the script offers. Default: false. */
  readonly isFrozen?: boolean;
}

/** Scripts of the peers that `--against` names. */
const SCRIPTS = { torch: '../../bin/torch_speed.py' } as const;
export type PeerName = keyof typeof SCRIPTS;
export const PEERS = Object.keys(SCRIPTS) as PeerName[];

/** What the peer calls the models: torchvision's names, and timm's where torchvision has no such network. */
const PEER_MODELS: Readonly<Record<ModelName, string>> = {
  'mobilenet-v3-large': 'mobilenet_v3_large',
  'mobilenet-v3-small': 'mobilenet_v3_small',
  'efficientnet-v2-s': 'efficientnet_v2_s',
  'tresnet-l': 'tresnet_v2_l',
};

/**
 * The script of a peer: the one given, else that of the repository.
 * @throws UsageError `usage/peer` when there is none
 */
export function peerScript(name: PeerName, given?: string): string {
  const script = given ?? fileURLToPath(new URL(SCRIPTS[name], import.meta.url));
  if (existsSync(script)) return script;
  throw new UsageError('usage/peer', `There is no script at ${script} to measure ${name} with.`, {
    hint: 'Give one with --peer PATH; tools/bench/README.md says what it is called with and prints.',
  });
}

/** MODEL MODE THREADS BATCH SIZE STEPS [channels_last] */
export function peerArguments({ model, mode, batch, size, steps }: Work, peer: Peer): string[] {
  const numbers = [peer.threads, batch, size, steps].map(String);
  const work = mode === 'eval' && peer.isFrozen ? 'frozen' : mode;
  return [PEER_MODELS[model], work, ...numbers, ...(peer.channelsLast ? ['channels_last'] : [])];
}
