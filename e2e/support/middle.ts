import type { BrowserContext, Page } from '@playwright/test';
import type { Lie, Said } from './lying-server.js';

type Candidate = RTCIceCandidateInit;
type Signal = {
  readonly kind: string;
  readonly sdp?: string;
  readonly candidate?: Candidate;
};

declare global {
  interface Window {
    /** The connections that end here: `left` to who made the offer, `right` to who answers it. */
    middle?: { readonly left: RTCPeerConnection; readonly right: RTCPeerConnection };
    /** Messages that have gone through, readable here. */
    middlePassed?: number;
  }
}

/** As client/src/mesh/simple-peer-connection.ts has it. */
const bulkChannelId = 64;

/**
 * A page that comes between two others with the help of their signaling server: it answers the one in the other's place, offers
 * to the other in the one's, and passes on every byte of their channels, which it could read.
 */
export class Middle {
  readonly #page: Page;
  #answer = '';

  private constructor(page: Page) {
    this.#page = page;
  }

  static async open(context: BrowserContext): Promise<Middle> {
    return new Middle(await context.newPage());
  }

  /** Messages that have passed so far. */
  passed(): Promise<number> {
    return this.#page.evaluate(() => window.middlePassed ?? 0);
  }

  /** Comes between the page that is lied to and this one. */
  between(peer: () => string | null): Lie {
    return async (said, to) => {
      const { from, to: addressee, data } = said.body;
      if (said.event !== 'signal' || (to === 'page' ? from : addressee) !== peer()) return said;
      return this.#swap(said, data as Signal);
    };
  }

  async #swap(said: Said, signal: Signal): Promise<Said | null> {
    const { sdp } = signal;
    if (signal.kind === 'offer' && sdp !== undefined) {
      const { offer, answer } = await this.#page.evaluate(meet, { sdp, bulkChannelId });
      this.#answer = answer;
      return withSdp(said, signal, offer);
    }
    if (signal.kind === 'answer' && sdp !== undefined) {
      await this.#page.evaluate(
        (given) => window.middle?.right.setRemoteDescription({ type: 'answer', sdp: given }),
        sdp,
      );
      return withSdp(said, signal, this.#answer);
    }
    // Its own descriptions have all its candidates; theirs it finds when they reach it.
    return signal.kind === 'candidate' ? null : said;
  }
}

function withSdp(said: Said, signal: Signal, sdp: string): Said {
  return { event: said.event, body: { ...said.body, data: { ...signal, sdp } } };
}

/** Runs in the middle's page. */
async function meet(given: {
  readonly sdp: string;
  readonly bulkChannelId: number;
}): Promise<{ readonly offer: string; readonly answer: string }> {
  window.middle?.left.close();
  window.middle?.right.close();
  const [left, right] = [new RTCPeerConnection(), new RTCPeerConnection()];
  window.middle = { left, right };
  const pass = (a: RTCDataChannel, b: RTCDataChannel): void => {
    for (const [from, to] of [
      [a, b],
      [b, a],
    ] as const) {
      const waiting: ArrayBuffer[] = [];
      from.binaryType = 'arraybuffer';
      to.addEventListener('open', () => {
        for (const message of waiting.splice(0)) to.send(message);
      });
      from.onmessage = ({ data }) => {
        window.middlePassed = (window.middlePassed ?? 0) + 1;
        if (to.readyState === 'open') to.send(data);
        else waiting.push(data);
      };
    }
  };
  const bulk = { negotiated: true, id: given.bulkChannelId };
  pass(left.createDataChannel('bulk', bulk), right.createDataChannel('bulk', bulk));
  const main = right.createDataChannel('main');
  left.ondatachannel = ({ channel }) => pass(channel, main);
  const gathered = (connection: RTCPeerConnection): Promise<string> =>
    new Promise((resolve) => {
      connection.onicegatheringstatechange = () => {
        if (connection.iceGatheringState === 'complete') resolve(connection.localDescription?.sdp ?? '');
      };
    });
  const [answer, offer] = [gathered(left), gathered(right)];
  await left.setRemoteDescription({ type: 'offer', sdp: given.sdp });
  await left.setLocalDescription();
  await right.setLocalDescription();
  return { offer: await offer, answer: await answer };
}
