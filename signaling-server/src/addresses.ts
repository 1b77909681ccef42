import { type NetworkInterfaceInfo, networkInterfaces } from 'node:os';

type Interfaces = Readonly<Record<string, NetworkInterfaceInfo[] | undefined>>;

// Bridges of virtual machines and containers look like LANs, but no phone is on them.
const virtualName = /^(docker|br-|veth|virbr|vmnet|vboxnet|utun|tun|tap|wg|tailscale|zt|vEthernet)/i;
const privateAddress = /^(192\.168\.|10\.|172\.(1[6-9]|2\d|3[01])\.)/;

function rank(name: string, address: string): number {
  return (virtualName.test(name) ? 2 : 0) + (privateAddress.test(address) ? 0 : 1);
}

const everywhere = ['0.0.0.0', '::'];
const loopback = /^(localhost|127\.|::1$)/;

/** A host as a URL has it: IPv6 in brackets. */
export function urlOf(host: string, port: number): string {
  return `http://${host.includes(':') ? `[${host}]` : host}:${port}`;
}

/** The address for this machine's own browser. Loopback is a secure context, a LAN address is not. */
export function localAddress(host: string, port: number): string {
  return urlOf(everywhere.includes(host) ? 'localhost' : host, port);
}

/**
 * The addresses under which other machines reach a server that listens on `host`, likeliest first. Asked anew each
 * time, since a laptop changes its Wi-Fi while the server runs.
 */
export function lanAddresses(
  host: string,
  port: number,
  interfaces: Interfaces = networkInterfaces(),
): string[] {
  if (loopback.test(host)) return [];
  if (!everywhere.includes(host)) return [urlOf(host, port)];
  return Object.entries(interfaces)
    .flatMap(([name, addresses = []]) => addresses.map((address) => ({ name, ...address })))
    .filter(
      ({ family, internal, address }) => family === 'IPv4' && !internal && !address.startsWith('169.254.'),
    )
    .sort((a, b) => rank(a.name, a.address) - rank(b.name, b.address))
    .map(({ address }) => urlOf(address, port));
}
