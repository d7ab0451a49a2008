import { BlockList, isIP, isIPv6 } from 'node:net';

/** Networks that are not of the public internet (IANA's registries of special-purpose addresses), and multicast. */
const SPECIAL_4 = [
  '0.0.0.0/8',
  '10.0.0.0/8',
  '100.64.0.0/10',
  '127.0.0.0/8',
  '169.254.0.0/16',
  '172.16.0.0/12',
  '192.0.0.0/24',
  '192.0.2.0/24',
  '192.88.99.0/24',
  '192.168.0.0/16',
  '198.18.0.0/15',
  '198.51.100.0/24',
  '203.0.113.0/24',
  '224.0.0.0/4',
  '240.0.0.0/4',
];

/** Within 2000::/3, which alone is public: protocols, documentation, and tunnels that lead to an IPv4 address. */
const SPECIAL_6 = ['2001::/23', '2001:db8::/32', '2002::/16', '3fff::/20'];

const special = new BlockList();
for (const network of SPECIAL_4) add(network, 'ipv4');
for (const network of SPECIAL_6) add(network, 'ipv6');
const global6 = new BlockList();
global6.addSubnet('2000::', 3, 'ipv6');

function add(network: string, family: 'ipv4' | 'ipv6'): void {
  const [address, bits] = network.split('/');
  special.addSubnet(address, Number(bits), family);
}

/**
 * Whether an IP address belongs to the public internet. Loopback, private networks, link-local addresses (where clouds
 * keep credentials) and IPv6 forms of IPv4 addresses do not; nor does what is no address.
 */
export function isPublicAddress(address: string): boolean {
  if (isIP(address) === 0) return false;
  if (!isIPv6(address)) return !special.check(address, 'ipv4');
  return global6.check(address, 'ipv6') && !special.check(address, 'ipv6');
}
