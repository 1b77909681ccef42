import type { IdentityPort } from './identity.js';
import { createMesh } from './mesh.js';
import type { DownReason, Lane, Mesh, ViolationCode } from './types.js';
import { virtualIdentity } from './virtual-identity.js';
import { Puppet } from './virtual-liars.js';
import { VirtualClock, VirtualNetwork, VirtualRelay } from './virtual-network.js';

/** One page with its mesh, and what the mesh reported. */
export type Page = {
  readonly mesh: Mesh;
  readonly events: EventTarget;
  readonly log: string[];
  readonly frames: { readonly peer: string; readonly lane: Lane; readonly frame: Uint8Array }[];
};

/** Pages on a virtual network, in virtual time. */
export function createWorld() {
  const clock = new VirtualClock();
  const relay = new VirtualRelay(clock);
  const network = new VirtualNetwork(clock);
  const open = (id: string, identity = virtualIdentity(id, (run) => clock.soon(run))): Page => {
    const events = new EventTarget();
    const mesh = createMesh({
      signal: relay.join(id),
      identity,
      iceServers: [],
      connect: network.connect,
      scheduler: clock,
      random: () => 0.5,
      page: events,
    });
    const page: Page = { mesh, events, log: [], frames: [] };
    mesh.on({
      onUp: (peer) => page.log.push(`up ${peer}`),
      onDown: (peer, reason: DownReason) => page.log.push(`down ${peer} ${reason}`),
      onViolation: (peer, { code }) => page.log.push(`violation ${peer} ${code}`),
      onAccused: (peer, code: ViolationCode) => page.log.push(`accused ${peer} ${code}`),
      onUnproven: (peer, problem, way) =>
        page.log.push(`unproven ${peer} ${problem} by ${way.by === 'tab' ? way.tab : way.by}`),
      onFrame: (peer, lane, frame) => page.frames.push({ peer, lane, frame }),
    });
    return page;
  };
  return { clock, relay, network, open };
}

/** Two pages with a link, `a` its initiator. */
export function createPair() {
  const world = createWorld();
  const a = world.open('a');
  const b = world.open('b');
  a.mesh.want('b', 'test');
  b.mesh.want('a', 'test');
  world.clock.run();
  return { ...world, a, b };
}

/** Page a, and a puppet that answers as b; `checked` and `signed` count what a has had to work out. */
export function createPuppet(onReady?: (puppet: Puppet) => void) {
  const world = createWorld();
  const honest = virtualIdentity('a', (run) => world.clock.soon(run));
  const worked = { checked: 0, signed: 0 };
  const counting: IdentityPort = {
    ...honest,
    sign: (...given) => {
      worked.signed += 1;
      honest.sign(...given);
    },
    verify: (...given) => {
      worked.checked += 1;
      honest.verify(...given);
    },
  };
  const a = world.open('a', counting);
  const puppet = new Puppet(world.network, 'b', onReady);
  puppet.join(world.relay);
  a.mesh.want('b', 'test');
  world.clock.run();
  return { ...world, a, puppet, worked };
}

export const stateOf = ({ mesh }: Page, peer: string) => mesh.links().get(peer)?.state ?? 'none';
export const infoOf = ({ mesh }: Page, peer: string) => mesh.links().get(peer);
