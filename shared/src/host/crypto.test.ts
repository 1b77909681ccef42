import { describe, expect, it } from 'vitest';
import type { Signed } from '../core/index.js';
import { type Claim, honestCrypto, Lab, type LabOptions, type ToyMessage } from '../sim/testing/index.js';
import { encodeCanonical } from '../wire/index.js';
import type { Crypto } from './index.js';

function claim(signer: string, text: string, inner: Signed<Claim> | null = null): Signed<Claim> {
  return { signer, instance: 'server', statement: 'claim', body: { text, inner }, signature: null };
}

const message = (signed: Signed<Claim>): ToyMessage => ({ type: 'claim', claim: signed });

/** Signed as the host signs, with the key of `signer`. */
function seal(part: Signed<Claim>, scope: readonly string[] = ['', 'run1', 'server']): Signed<Claim> {
  let signature = new Uint8Array();
  const bytes = encodeCanonical([...scope, part.signer, part.statement, part.body]);
  honestCrypto(part.signer).sign(bytes, (made) => {
    signature = new Uint8Array(made);
  });
  return { ...part, signature };
}

/** Answers later, the first call after the longest time: who did not wait in line would overtake. */
function slowCrypto(...delaysMs: number[]): NonNullable<LabOptions['crypto']> {
  return (node, scheduler): Crypto => {
    const honest = honestCrypto(node);
    let calls = 0;
    const later = (callback: () => void): void => {
      scheduler.schedule(delaysMs[calls] ?? 1, callback);
      calls += 1;
    };
    return {
      sign: (bytes, done) => later(() => honest.sign(bytes, done)),
      verify: (...args) => later(() => honest.verify(...args)),
    };
  };
}

describe('a signed statement', () => {
  it('is signed on the way out, with all that is nested in it, and checked on the way in', () => {
    const lab = new Lab({ nodes: 2 }).start();
    const nested = claim('n1', 'outer', claim('n1', 'inner'));
    lab.node(1).do([{ type: 'send', to: 'n2', message: message(nested) }]);
    lab.run(20);
    const [delivered] = lab.node(2).seen('deliver');
    expect(delivered?.message).toMatchObject({
      claim: {
        signature: expect.any(Uint8Array),
        body: { text: 'outer', inner: { signature: expect.any(Uint8Array) } },
      },
    });
    expect(lab.node(2).texts()).toEqual(['outer']);
  });

  it('stays unsigned in the state of who made it: the signature is in the copy that leaves', () => {
    const lab = new Lab({ nodes: 2 }).start();
    lab.node(1).do([{ type: 'send', to: 'n2', message: message(claim('n1', 'mine')) }]);
    lab.run(20);
    const effect = lab.node(1).steps.at(-1)?.effects[0];
    expect(effect).toMatchObject({ type: 'send', message: { claim: { signature: null } } });
    expect(lab.node(2).texts()).toEqual(['mine']);
  });

  it('is signed once however many it is sent to', () => {
    let signed = 0;
    const counting = (node: string): Crypto => {
      const honest = honestCrypto(node);
      return {
        ...honest,
        sign: (bytes, done) => {
          signed += 1;
          honest.sign(bytes, done);
        },
      };
    };
    const shared = message(claim('n1', 'to all'));
    const on = { timeout: ['n2', 'n3', 'n4'].map((to) => ({ type: 'send' as const, to, message: shared })) };
    const lab = new Lab({ nodes: 4, crypto: counting, toy: { on } }).start();
    lab.node(1).do([{ type: 'setTimer', timer: 't', afterMs: 1 }]);
    lab.run(20);
    expect([lab.node(2).texts(), lab.node(4).texts()]).toEqual([['to all'], ['to all']]);
    expect(signed).toBe(1);
  });

  it.each([
    ['without its signature', claim('n2', 'x')],
    ['whose words were changed', { ...seal(claim('n2', 'x')), body: { text: 'y', inner: null } }],
    ['that says of itself that another one made it', { ...seal(claim('n2', 'x')), signer: 'n3' }],
    ['of another type', { ...seal(claim('n2', 'x')), statement: 'vow' }],
    ['that says of itself that its client made it', { ...seal(claim('n2', 'x')), instance: 'client' }],
    ['of another run', seal(claim('n2', 'x'), ['', 'run0', 'server'])],
    ['of another room', seal(claim('n2', 'x'), ['other', 'run1', 'server'])],
    ['of another instance', seal(claim('n2', 'x'), ['', 'run1', 'client'])],
    [
      'with a forged one inside',
      seal(claim('n2', 'x', { ...claim('n3', 'z'), signature: Uint8Array.of(1) })),
    ],
  ])('%s is never delivered, and told as forged', (_what, forged) => {
    const lab = new Lab({ nodes: 3 }).start();
    lab.node(1).hear('n2', message(forged));
    lab.node(1).hear('n2', message(seal(claim('n2', 'honest'))));
    lab.run(20);
    expect(lab.node(1).texts()).toEqual(['honest']);
    expect(lab.node(1).traced('lost')).toMatchObject([{ reason: 'forged', from: 'n2' }]);
    expect(lab.node(1).failures).toEqual([]);
  });

  it('of a third party is delivered, relayed as it is: whose it must be is for the protocol to say', () => {
    const lab = new Lab({ nodes: 3 }).start();
    lab.node(1).hear('n2', message(seal(claim('n3', 'as n3 said'))));
    lab.run(20);
    expect(lab.node(1).texts()).toEqual(['as n3 said']);
  });

  it('of the client is signed as the client’s when the server sends it on', () => {
    const lab = new Lab({ nodes: 2 }).start();
    const asked: Signed<Claim> = { ...claim('n1', 'asked'), instance: 'client' };
    lab.node(1).do([{ type: 'send', to: 'n2', message: message(asked) }]);
    lab.run(20);
    expect(lab.node(2).texts()).toEqual(['asked']);
    expect(lab.node(2).seen('deliver')[0]?.message).toMatchObject({
      claim: { signature: seal(asked, ['', 'run1', 'client']).signature },
    });
  });

  it('lets a true one of a third party pass inside', () => {
    const lab = new Lab({ nodes: 3 }).start();
    const witnessed = claim('n1', 'as n3 says', seal(claim('n3', 'so it is')));
    lab.node(1).do([{ type: 'send', to: 'n2', message: message(witnessed) }]);
    lab.run(20);
    expect(lab.node(2).texts()).toEqual(['as n3 says']);
  });
});

describe('crypto that answers later', () => {
  const sendAll = (lab: Lab, ...messages: ToyMessage[]): void => {
    lab.node(1).do(messages.map((one) => ({ type: 'send', to: 'n2', message: one })));
  };
  const plain: ToyMessage = { type: 'say', text: 'plain' };

  it('keeps the order of what leaves for a peer, unsigned messages included', () => {
    const lab = new Lab({ nodes: 2, crypto: slowCrypto(40, 5) }).start();
    sendAll(lab, message(claim('n1', 'first')), message(claim('n1', 'second')), plain);
    lab.run(20);
    expect(lab.node(1).traced('sent')).toEqual([]);
    lab.run(200);
    expect(lab.node(2).texts()).toEqual(['first', 'second', 'plain']);
  });

  it('keeps the order of what comes in from a peer, and holds up nobody else', () => {
    const lab = new Lab({ nodes: 1, crypto: slowCrypto(40, 5) }).start();
    for (const text of ['first', 'second']) lab.node(1).hear('n2', message(seal(claim('n2', text))));
    lab.node(1).hear('n2', plain);
    lab.node(1).hear('n3', { type: 'say', text: 'from n3' });
    lab.run(20);
    expect(lab.node(1).texts()).toEqual(['from n3']);
    lab.run(100);
    expect(lab.node(1).texts()).toEqual(['from n3', 'first', 'second', 'plain']);
  });

  it('sends and delivers nothing once the run has stopped', () => {
    const lab = new Lab({ nodes: 2, crypto: slowCrypto(40) }).start();
    lab.node(1).hear('n2', message(seal(claim('n2', 'late'))));
    sendAll(lab, message(claim('n1', 'late')));
    lab.node(1).host.stopRun('run1');
    lab.run(200);
    expect([lab.node(1).texts(), lab.node(2).texts()]).toEqual([[], []]);
  });
});
