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
  /** The offer it has taken last, and what it made of it: pages repeat their offers. */
  #met: { readonly sdp: string; readonly own: ReturnType<typeof meet> } | null = null;

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
      if (this.#met?.sdp !== sdp) this.#met = { sdp, own: this.#page.evaluate(meet, { sdp, bulkChannelId }) };
      return withSdp(said, signal, (await this.#met.own).offer);
    }
    if (signal.kind === 'answer' && sdp !== undefined && this.#met !== null) {
      await this.#page.evaluate(
        (given) => window.middle?.right.setRemoteDescription({ type: 'answer', sdp: given }),
        sdp,
      );
      return withSdp(said, signal, (await this.#met.own).answer);
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
  const opened = (channel: RTCDataChannel): Promise<RTCDataChannel> =>
    new Promise((resolve) => {
      if (channel.readyState === 'open') resolve(channel);
      else channel.addEventListener('open', () => resolve(channel));
    });
  const passOn = (from: RTCDataChannel, to: Promise<RTCDataChannel>): void => {
    from.binaryType = 'arraybuffer';
    from.onmessage = ({ data }) => {
      window.middlePassed = (window.middlePassed ?? 0) + 1;
      void to.then((channel) => channel.send(data));
    };
  };
  const bulk = { negotiated: true, id: given.bulkChannelId };
  const [leftBulk, rightBulk] = [left.createDataChannel('bulk', bulk), right.createDataChannel('bulk', bulk)];
  passOn(leftBulk, opened(rightBulk));
  passOn(rightBulk, opened(leftBulk));
  // Here the offer's maker has made it, there it is to be found: each may speak before the other's is open.
  const rightMain = right.createDataChannel('main');
  const leftMain = new Promise<RTCDataChannel>((resolve) => {
    left.ondatachannel = ({ channel }) => {
      passOn(channel, opened(rightMain));
      resolve(opened(channel));
    };
  });
  passOn(rightMain, leftMain);
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
