import { deflateRawSync } from 'node:zlib';
import type { BrowserContext, Page } from '@playwright/test';
import { encodeValue } from '@quorate/shared/wire';
import { systemVersion } from '../../client/src/room/messages.js';
import { sealEnvelope } from '../../client/src/room/overlay/envelope.js';
import { entered, type Tab } from './tabs.js';

declare global {
  interface Window {
    /** Every data channel on which the page's scripts have sent something. */
    recordedChannels?: Set<RTCDataChannel>;
  }
}

/** As client/src/mesh/framing.ts has them. */
const framingVersion = 1;
const segmentBytesMax = 16_000;
const lanes = { control: 1, protocol: 2, bulk: 3 } as const;
const firstSegment = 0b0100;
const lastSegment = 0b1000;
/** The first byte of a bulk frame that is the system plane's. */
const planeOfSystem = 0;

/** A real tab whose links a test can write to, past all that its own scripts would refuse to send. */
export class HostileTab {
  readonly page: Page;
  readonly tab: Tab;
  /** What the page's console has said. */
  readonly said: readonly string[];
  #batches = 0;

  private constructor(page: Page, tab: Tab, said: readonly string[]) {
    this.page = page;
    this.tab = tab;
    this.said = said;
  }

  static async open(context: BrowserContext, url: string): Promise<HostileTab> {
    const page = await context.newPage();
    const said: string[] = [];
    page.on('console', (message) => said.push(message.text()));
    await page.addInitScript(recordChannels);
    await page.goto(url);
    return new HostileTab(page, await entered(page), said);
  }

  /** Sends one well-framed frame to every tab that this one is linked to. */
  async send(lane: keyof typeof lanes, frame: Uint8Array): Promise<void> {
    const messages = framed(lane, frame).map((message) => Buffer.from(message).toString('base64'));
    await this.page.evaluate(writeToChannels, { isBulk: lane === 'bulk', messages });
  }

  /** Sends a message of the system plane, whatever it is. */
  sendSystem(message: unknown, version = systemVersion): Promise<void> {
    return this.send('control', encodeValue([version, message]));
  }

  /** Spreads a batch of trace, whatever its events are. */
  async sendTrace(events: readonly unknown[]): Promise<void> {
    const encoded = encodeValue([systemVersion, { type: 'trace', events, touched: {} }]);
    this.#batches += 1;
    const sequence = this.#batches;
    const body = new Uint8Array(deflateRawSync(encoded));
    const payload = sealEnvelope({ kind: 'trace', serial: sequence, body });
    // A life of its own: the page goes on numbering what it has to say itself.
    const message = { origin: await this.tab.id(), incarnation: 1, sequence, payload };
    const overlay = { type: 'overlay', message: { type: 'gossip', message, round: 0, isRepair: false } };
    await this.send('bulk', new Uint8Array([planeOfSystem, ...encodeValue([systemVersion, overlay])]));
  }
}

/** A frame as the messages of a data channel. */
function framed(lane: keyof typeof lanes, frame: Uint8Array): Uint8Array[] {
  const messages: Uint8Array[] = [];
  for (let at = 0; at < frame.length; at += segmentBytesMax) {
    const payload = frame.subarray(at, at + segmentBytesMax);
    const isFirst = at === 0;
    const isLast = at + payload.length === frame.length;
    const head = lanes[lane] | (isFirst ? firstSegment : 0) | (isLast ? lastSegment : 0);
    const length = isFirst && !isLast ? uint32(frame.length) : [];
    messages.push(
      new Uint8Array([
        framingVersion,
        head,
        payload.length >> 8,
        payload.length & 255,
        ...length,
        ...payload,
      ]),
    );
  }
  return messages;
}

function uint32(value: number): number[] {
  return [24, 16, 8, 0].map((shift) => (value >>> shift) & 255);
}

/** Runs in the page, before its scripts. */
export function recordChannels(): void {
  const channels = new Set<RTCDataChannel>();
  window.recordedChannels = channels;
  const send: (this: RTCDataChannel, data: ArrayBuffer) => void = RTCDataChannel.prototype.send;
  RTCDataChannel.prototype.send = function (this: RTCDataChannel, data: unknown) {
    channels.add(this);
    // Whatever it is given, it hands on: the types of the overloads don't.
    send.call(this, data as ArrayBuffer);
  };
}

/** Runs in the page. */
function writeToChannels(given: { readonly isBulk: boolean; readonly messages: readonly string[] }): void {
  const bytes = given.messages.map((text) => Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0)));
  for (const channel of window.recordedChannels ?? []) {
    if (channel.readyState !== 'open' || (channel.label === 'bulk') !== given.isBulk) continue;
    for (const message of bytes) channel.send(message);
  }
}
