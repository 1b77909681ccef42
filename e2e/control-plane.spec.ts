import { expect, type Page } from '@playwright/test';
import { createIdentity } from '../client/src/node/index.js';
import { foundRoom, type SignedDocument, type Signer } from '../client/src/room/control/signed.js';
import { createDocument } from '../client/src/room/document.js';
import { type Order, sealOrder } from '../client/src/room/order-seal.js';
import { HostileTab } from './support/hostile.js';
import { test } from './support/live.js';
import { host, leaderOf, meshed, nth, openRoom, openTab, startRaft, type Tab } from './support/tabs.js';

/** Runs an expression of `window.quorate` at a tab. */
async function does(tab: Tab, expression: string): Promise<void> {
  expect(await tab.codeOf(`quorate.${expression}`), expression).toBe('ok');
}

/** The link that the lobby shows and the QR code holds. */
async function linkOf(tab: Tab, origin: string): Promise<string> {
  const { code, hostKey } = await tab.room();
  return `${origin}/?room=${code}&key=${hostKey}`;
}

async function refusedAt(tab: Tab): Promise<string[]> {
  return (await tab.room()).refused.map(({ kind }) => kind);
}

test.describe('the host', () => {
  test('may close its tab: a co-host drives the room, and reopened it is host again', async ({
    context,
    server,
  }) => {
    const tabs = await openRoom(context, server.url, ['ada', 'jun', 'mia']);
    const [ada, jun, mia] = [nth(tabs, 0), nth(tabs, 1), nth(tabs, 2)];
    const address = ada.page.url();
    await startRaft(tabs);
    expect(await jun.codeOf('quorate.pause()')).toBe('not-host');
    await ada.page.getByRole('button', { name: 'Room', exact: true }).click();
    await ada.page.getByRole('button', { name: 'More for jun' }).click();
    await ada.page.getByRole('button', { name: 'Make co-host' }).click();
    await expect.poll(async () => (await jun.room()).coHost).toBe(true);
    const adaId = await ada.id();
    await ada.close();
    await expect.poll(async () => (await jun.seen(adaId))?.presence).toBe('crashed');
    await does(jun, 'pause()');
    await does(jun, 'pace.set(1 / 2)');
    await does(jun, 'resume()');
    await does(jun, `permit('nothing')`);
    await expect.poll(async () => mia.status()).toMatchObject({ pace: 0.5, paused: false });
    await expect.poll(async () => (await mia.room()).students).toBe('nothing');
    for (const call of [`members.appoint('${await mia.id()}')`, 'endRoom()'])
      expect(await jun.codeOf(`quorate.${call}`), call).toBe('not-host');

    const again = await openTab(context, address);
    await meshed([again, jun, mia]);
    expect(await again.id()).toBe(adaId);
    await expect.poll(async () => (await again.room()).students).toBe('nothing');
    expect(await again.room()).toMatchObject({ host: true, trust: 'own', refused: [] });
    expect(await again.status()).toMatchObject({ pace: 0.5 });
    await does(again, `members.dismiss('${await jun.id()}')`);
    await expect.poll(async () => (await jun.room()).coHost).toBe(false);
    expect(await jun.codeOf('quorate.pause()')).toBe('not-host');
    await leaderOf([again, jun, mia]);
    expect(await mia.submit({ op: 'put', path: '/a', value: 1 })).toMatchObject({ ok: true });
  });

  test('and a co-host change the room at the same time, and nothing is lost', async ({ context, server }) => {
    const tabs = await openRoom(context, server.url, ['ada', 'jun', 'mia']);
    const [ada, jun, mia] = [nth(tabs, 0), nth(tabs, 1), nth(tabs, 2)];
    await does(ada, `members.appoint('${await jun.id()}')`);
    await expect.poll(async () => (await jun.room()).coHost).toBe(true);
    const [adaId, junId, miaId] = [await ada.id(), await jun.id(), await mia.id()];
    await Promise.all([
      does(ada, `members.rename('${miaId}', 'Mia A')`),
      does(jun, `members.rename('${junId}', 'Jun B')`),
      does(ada, `permit('nothing')`),
      does(jun, `members.rename('${adaId}', 'Ada C')`),
    ]);
    for (const tab of tabs) {
      await expect
        .poll(async () => (await tab.room()).tabs.map(({ name }) => name).sort())
        .toEqual(['Ada C', 'Jun B', 'Mia A']);
      expect(await tab.room()).toMatchObject({ students: 'nothing', refused: [] });
    }
  });
});

test('students may do what the host lets them, on their screen and at the tab that decides', async ({
  context,
  server,
}) => {
  const tabs = await openRoom(context, server.url, ['ada', 'jun']);
  const ada = host(tabs);
  const eve = await HostileTab.open(context, `${server.url}/?room=${await ada.code()}&name=eve`);
  await meshed([...tabs, eve.tab]);
  await startRaft([...tabs, eve.tab]);
  const adaId = await ada.id();

  await ada.page.getByRole('button', { name: 'Room', exact: true }).click();
  await ada.page.getByRole('radio', { name: 'crash nothing' }).click();
  await expect.poll(async () => (await eve.tab.room()).students).toBe('nothing');
  expect(await eve.tab.codeOf('quorate.crash()')).toBe('not-allowed');
  await eve.page.getByRole('button', { name: 'My node' }).click();
  await expect(eve.page.getByRole('button', { name: 'Crash' })).toHaveAttribute('aria-disabled', 'true');
  await expect(eve.page.getByText('The host lets nobody crash their node now.').first()).toBeVisible();
  // Past its own screen: whoever is asked checks, too.
  const target = { room: await ada.code(), to: adaId, life: new Uint8Array(16) };
  const permit: Order = { type: 'change', change: { kind: 'permit', students: 'everything' } };
  await eve.sendSystem(await sealOrder(await signer(), target, 1, permit));
  await eve.sendSystem(await sealOrder(await signer(), target, 2, { type: 'node', action: 'crash' }));
  await expect.poll(() => eve.said.filter((line) => line.includes('(order, forged)'))).not.toEqual([]);
  expect(await nth(tabs, 1).codeOf(`quorate.crash('${adaId}')`)).toBe('not-host');
  expect((await ada.room()).students).toBe('nothing');
  for (const { lab } of (await eve.tab.room()).tabs) expect(lab).toBe('running');

  await ada.page.getByRole('radio', { name: 'crash their node' }).click();
  await expect.poll(async () => (await eve.tab.room()).students).toBe('own-node');
  await does(eve.tab, 'crash()');
  await does(eve.tab, 'restart()');
  expect(await eve.tab.codeOf('quorate.pause()')).toBe('not-host');

  await ada.page.getByRole('radio', { name: 'do everything' }).click();
  await expect.poll(async () => (await eve.tab.room()).mayDrive).toBe(true);
  await does(eve.tab, 'pause()');
  await expect.poll(async () => (await ada.status()).paused).toBe(true);
  await does(eve.tab, 'resume()');
  await does(eve.tab, `crash('${adaId}')`);
  await expect.poll(async () => (await ada.seen(adaId))?.lab).toBe('crashed');
  await does(eve.tab, 'calm()');
  await does(eve.tab, 'stop()');
  expect((await eve.tab.status()).run).toBeNull();
  await does(eve.tab, `start({ protocol: 'raft' })`);
  for (const call of [`members.remove('${adaId}')`, `permit('nothing')`, 'endRoom()'])
    expect(await eve.tab.codeOf(`quorate.${call}`), call).toBe('not-host');
  expect(await ada.room()).toMatchObject({ students: 'everything', refused: [] });
});

test('a forged, a foreign and a replayed room document are refused, shown, and told to their sender', async ({
  context,
  server,
}) => {
  const tabs = await openRoom(context, server.url, ['ada', 'jun']);
  const [ada, jun] = [host(tabs), nth(tabs, 1)];
  const code = await ada.code();
  const eve = await HostileTab.open(context, `${await linkOf(ada, server.url)}&name=eve`);
  await meshed([...tabs, eve.tab]);
  const first = await keptDocument(eve);
  await does(ada, `permit('nothing')`);
  await expect.poll(async () => (await eve.tab.room()).students).toBe('nothing');
  const current = await keptDocument(eve);
  const { version } = await ada.room();

  // Eve ends the room in the host's name, as well as she can.
  const own = await signer();
  const ended = { ...createDocument(code, own.node, Date.now()), version: version + 1, ended: true };
  const foreign = (await foundRoom(own, ended)).signed;
  const forged = { ...foreign, charter: current.charter, charterSignature: current.charterSignature };
  await eve.sendSystem({ type: 'document', document: forged });
  await expect.poll(() => refusedAt(ada)).toEqual(['forged']);
  await eve.sendSystem({ type: 'document', document: foreign });
  await expect.poll(() => refusedAt(ada)).toEqual(['forged', 'other-host']);
  // Once no copy of it can be under way any more, it is replayed.
  await expect(async () => {
    await eve.sendSystem({ type: 'document', document: first });
    for (const tab of tabs) expect(await refusedAt(tab)).toEqual(['forged', 'other-host', 'older']);
  }).toPass();

  for (const kind of ['forged', 'other-host', 'older'])
    await expect.poll(() => eve.said.filter((line) => line.includes(`(document, ${kind})`))).not.toEqual([]);
  for (const tab of tabs) expect(await tab.room()).toMatchObject({ version, students: 'nothing' });
  await jun.page.getByRole('button', { name: /^\d+ refused$/ }).click();
  await expect(jun.page.getByText('eve sent a forged change of the room.')).toBeVisible();
  await expect(jun.page.getByText('eve sent an older state of the room again.')).toBeVisible();
});

test.describe('the link', () => {
  test('names the host: whoever comes by it trusts no other, and says that the server lied', async ({
    context,
    server,
  }) => {
    const tabs = await openRoom(context, server.url, ['ada', 'jun']);
    const ada = host(tabs);
    const link = await linkOf(ada, server.url);
    const byLink = await openTab(context, `${link}&name=mia`);
    await expect.poll(async () => (await byLink.room()).trust).toBe('link');
    await expect(byLink.page.getByText('The link named this host.')).toBeVisible();
    await expect.poll(async () => (await nth(tabs, 1).room()).trust).toBe('first-use');
    await expect(nth(tabs, 1).page.getByText('this tab has trusted the first host it met')).toBeVisible();
    const qr = ada.page.getByRole('img', { name: /key=/ });
    await expect(qr).toHaveAttribute('aria-label', new RegExp(`key=${(await ada.room()).hostKey}$`));

    const misled = await openTab(context, `${link.slice(0, -4)}aaaa&name=lea`);
    await expect(misled.page.getByRole('heading', { name: 'The server lied' })).toBeVisible();
    await expect(misled.page.getByRole('alert')).toContainText('another host');
    expect(await misled.room()).toMatchObject({ version: 0, trust: null, astray: true });
    expect(await refusedAt(misled)).toContain('other-host');
    const misledId = await misled.id();
    await expect.poll(async () => (await ada.seen(misledId))?.watching).toBe(true);
    await startRaft([...tabs, byLink]);
    expect((await ada.status()).voters).not.toContain(misledId);
    expect(await misled.status()).toMatchObject({ run: null });
  });

  test('with half a key is refused: too many hosts would fit it', async ({ context, server }) => {
    const page = await context.newPage();
    await page.goto(`${server.url}/?room=maple-otter-42&name=lea&key=abcd`);
    await expect(page.getByRole('alert')).toContainText('not whole');
  });
});

test('a room that its host has ended is over for all, those included who were away, and nobody revives it', async ({
  context,
  server,
}) => {
  const tabs = await openRoom(context, server.url, ['ada', 'jun', 'mia']);
  const [ada, jun, mia] = [nth(tabs, 0), nth(tabs, 1), nth(tabs, 2)];
  const code = await ada.code();
  await startRaft(tabs);
  const addressOfMia = mia.page.url();
  await mia.close();
  await ada.page.getByRole('button', { name: 'Room', exact: true }).click();
  await ada.page.getByRole('button', { name: 'End the room…' }).click();
  await ada.page.getByRole('button', { name: 'End it for good' }).click();
  for (const { page } of [ada, jun]) await isOver(page);
  // Mia missed it, and is told by those who did not.
  const again = await context.newPage();
  await again.goto(addressOfMia);
  await isOver(again);
  // Whose disk has the end of it does not even ask the server.
  await jun.page.reload();
  await isOver(jun.page);
  for (const { page } of [ada, jun]) await page.close();
  await again.reload();
  await isOver(again);
  // The server may know the code for a while yet; there is no host and nothing to take part in.
  const stranger = await openTab(context, `${server.url}/?room=${code}&name=lea`);
  expect(await stranger.room()).toMatchObject({ version: 0, host: false });
  await again.getByRole('link', { name: 'Open a new room' }).click();
  await expect(again.getByRole('heading', { name: 'Scan to join' })).toBeVisible();
  expect(await again.evaluate(() => window.quorate.room().code)).not.toBe(code);
});

test('a tab that was removed is told so, leaves, and does not come back under its key', async ({
  context,
  server,
}) => {
  const tabs = await openRoom(context, server.url, ['ada', 'jun', 'mia']);
  const [ada, jun, mia] = [nth(tabs, 0), nth(tabs, 1), nth(tabs, 2)];
  const id = await mia.id();
  const address = mia.page.url();
  await ada.page.getByRole('button', { name: 'More for mia' }).click();
  await ada.page.getByRole('button', { name: 'Remove' }).click();
  await expect(mia.page.getByRole('alert')).toContainText('The host has removed this tab');
  for (const tab of [ada, jun]) await expect.poll(() => tab.seen(id)).toBeUndefined();
  await mia.page.reload();
  await expect(mia.page.getByRole('alert')).toContainText('The host has removed this tab');
  // Whoever forgets that it was removed is reminded.
  await forgetRoom(mia.page);
  await mia.page.goto(address);
  await expect(mia.page.getByRole('alert')).toContainText('The host has removed this tab');
  for (const tab of [ada, jun]) expect(await tab.seen(id)).toBeUndefined();
  const other = await openTab(context, `${server.url}/?room=${await ada.code()}&name=lea`);
  await meshed([ada, jun, other]);
});

test.describe('a room that was kept', () => {
  test('says from when it is where nobody is in it, and asks: go on, or open a new one', async ({
    context,
    server,
  }) => {
    const tabs = await openRoom(context, server.url, ['ada', 'jun']);
    const [ada, jun] = [host(tabs), nth(tabs, 1)];
    const addresses = [ada.page.url(), jun.page.url()];
    const code = await ada.code();
    for (const tab of tabs) await tab.close();
    const back = await openTab(context, addresses[0] ?? '');
    await expect(back.page.getByText(/You come back to a room of .*20\d\d/)).toBeVisible();
    // It goes on meanwhile, and once somebody comes there is no question.
    expect(await back.room()).toMatchObject({ code, host: true });
    const junAgain = await openTab(context, addresses[1] ?? '');
    await meshed([back, junAgain]);
    await expect(back.page.getByText('You come back to a room')).toHaveCount(0);
    await expect(junAgain.page.getByText('You come back to a room')).toHaveCount(0);
    await junAgain.close();
    await back.page.reload();
    await back.page.getByRole('button', { name: 'Open a new room' }).click();
    await back.page.waitForURL(
      (url) => url.searchParams.get('room') !== code && url.searchParams.has('room'),
    );
    expect(await back.room()).toMatchObject({ host: true });
    expect(await back.code()).not.toBe(code);
  });

  test('by a Quorate that signed nothing can’t be gone on with: it asks for a new one', async ({
    context,
    server,
  }) => {
    const tabs = await openRoom(context, server.url, ['ada', 'jun']);
    const jun = nth(tabs, 1);
    // It keeps the room from its document on.
    await expect.poll(() => isKept(jun)).toBe(true);
    await keepUnsigned(jun.page);
    await jun.page.reload();
    await expect(jun.page.getByRole('alert')).toContainText('without a signature');
    await expect(jun.page.getByRole('link', { name: 'Open a new room' })).toBeVisible();
  });
});

async function isOver(page: Page): Promise<void> {
  await expect(page.getByRole('alert')).toContainText('The host has ended this room for good.');
  await expect(page.getByText(/It ended on .*20\d\d/)).toBeVisible();
}

async function signer(): Promise<Signer> {
  const { nodeId, publicKey, sign } = await createIdentity();
  return { node: nodeId, publicKey, sign };
}

/** The version of the room that a tab has on its disk, as it was signed. */
async function keptDocument(eve: HostileTab): Promise<SignedDocument> {
  const fields = await eve.page.evaluate(async () => {
    const kept = await new Promise<{ document: { [field: string]: Uint8Array } }[]>((resolve, reject) => {
      const opening = indexedDB.open('quorate-rooms');
      opening.onerror = () => reject(opening.error);
      opening.onsuccess = () => {
        const reading = opening.result.transaction('rooms').objectStore('rooms').getAll();
        reading.onsuccess = () => {
          opening.result.close();
          resolve(reading.result);
        };
      };
    });
    const own = kept.find((entry) => 'node' in entry && entry.node === window.quorate.nodeId());
    return Object.entries(own?.document ?? {}).map(([name, bytes]) => [name, [...bytes]] as const);
  });
  const bytes = new Map(fields.map(([name, values]) => [name, new Uint8Array(values)]));
  const field = (name: string): Uint8Array<ArrayBuffer> => bytes.get(name) ?? new Uint8Array(0);
  return {
    charter: field('charter'),
    charterSignature: field('charterSignature'),
    body: field('body'),
    key: field('key'),
    signature: field('signature'),
  };
}

/** Changes what this page's browser keeps of all rooms: nothing, or as it was before there were signatures. */
function changeKept(page: Page, how: 'forget' | 'unsign'): Promise<void> {
  return page.evaluate(
    (change) =>
      new Promise<void>((resolve, reject) => {
        const opening = indexedDB.open('quorate-rooms');
        opening.onerror = () => reject(opening.error);
        opening.onsuccess = () => {
          const transaction = opening.result.transaction('rooms', 'readwrite');
          const store = transaction.objectStore('rooms');
          const reading = store.getAll();
          reading.onsuccess = () => {
            for (const entry of reading.result) {
              if (change === 'forget') store.delete([entry.room, entry.node]);
              else {
                const document = {
                  code: entry.room,
                  host: entry.node,
                  version: 3,
                  changedAtMs: 1,
                  pace: 1,
                  runs: [],
                };
                store.put({ room: entry.room, node: entry.node, document, tabs: [] });
              }
            }
          };
          transaction.oncomplete = () => {
            opening.result.close();
            resolve();
          };
          transaction.onerror = () => reject(transaction.error);
        };
      }),
    how,
  );
}

function isKept(tab: Tab): Promise<boolean> {
  return tab.page.evaluate(
    () =>
      new Promise<boolean>((resolve, reject) => {
        const opening = indexedDB.open('quorate-rooms');
        opening.onerror = () => reject(opening.error);
        opening.onsuccess = () => {
          const key = [window.quorate.room().code, window.quorate.nodeId()];
          const reading = opening.result.transaction('rooms').objectStore('rooms').count(key);
          reading.onsuccess = () => {
            opening.result.close();
            resolve(reading.result > 0);
          };
        };
      }),
  );
}

const forgetRoom = (page: Page): Promise<void> => changeKept(page, 'forget');

/** The tab itself must not write meanwhile: it is on its way to another page. */
async function keepUnsigned(page: Page): Promise<void> {
  const address = page.url();
  await page.goto('about:blank');
  const other = await page.context().newPage();
  await other.goto(new URL('/', address).href);
  await changeKept(other, 'unsign');
  await other.close();
  await page.goto(address);
}
