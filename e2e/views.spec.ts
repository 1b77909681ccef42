import { fileURLToPath } from 'node:url';
import { expect, type Page, test } from '@playwright/test';
import { createServer, type ViteDevServer } from 'vite';

/** The screens with made-up events behind them: what a person sees and presses, without a cluster. */
const root = fileURLToPath(new URL('../client/', import.meta.url));
const node = (i: number): string => `node${i}`.padEnd(26, 'a');

let server: ViteDevServer;
let address = '';

test.beforeAll(async () => {
  server = await createServer({
    root,
    logLevel: 'error',
    server: { port: 0, host: '127.0.0.1', hmr: false },
  });
  await server.listen();
  address = server.resolvedUrls?.local[0] ?? '';
});

test.afterAll(async () => {
  await server.close();
});

test.beforeEach(({ page }) => {
  page.on('pageerror', (error) => {
    throw error;
  });
});

async function open(page: Page, query: string): Promise<void> {
  await page.goto(`${address}demo.html?${query}`);
}

async function expectNoSidewaysScroll(page: Page): Promise<void> {
  const over = await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth);
  expect(over).toBeLessThanOrEqual(0);
}

test('the Stage shows the leader, tells a crash, and calm ends it', async ({ page }) => {
  await open(page, 'slow=5');
  const table = page.getByRole('table', { name: 'Cluster as a table' });
  await expect(table.getByRole('row', { name: /^Ada leader/ })).toBeAttached();
  await page.getByRole('button', { name: 'Crash the leader' }).click();
  await expect(table.getByRole('row', { name: /^Ada .*crashed/ })).toBeAttached();
  await expect(page.getByRole('listitem').filter({ hasText: 'leads term 3' }).first()).toBeVisible();
  await page.getByRole('button', { name: 'Calm' }).click();
  await expect(table.getByRole('row', { name: /^Ada .*follower/ })).toBeAttached();
});

test('a cut is listed with the messages it touched, and ended from the list', async ({ page }) => {
  await open(page, 'slow=5');
  await page.getByRole('button', { name: 'Cut off', exact: true }).click();
  await expect(page.getByText('Cut: Ada ↔ all')).toBeVisible();
  await expect(page.getByText(/touched \d+ messages/)).toBeVisible();
  await page.getByRole('button', { name: 'End', exact: true }).click();
  await expect(page.getByText('Cut: Ada ↔ all')).toBeHidden();
});

test('a command goes through the box, a mistake is explained', async ({ page }) => {
  await open(page, 'slow=5');
  await page.keyboard.press('c');
  await page.keyboard.type('put /class/a 42');
  await page.keyboard.press('Enter');
  await expect(page.getByText(/put \/class\/a 42.*entry \d+/)).toBeVisible();
  await page.keyboard.type('put /class/a');
  await page.keyboard.press('Enter');
  await expect(page.getByRole('alert')).toHaveText(/put needs a value/);
});

test('the keys pause, change nodes, language and theme', async ({ page }) => {
  await open(page, 'slow=5');
  await page.keyboard.press(' ');
  await expect(page.getByRole('button', { name: /Resume/ })).toBeVisible();
  await page.keyboard.press('ArrowRight');
  await expect(
    page.getByRole('complementary').getByRole('heading', { name: 'Jun', exact: true }),
  ).toBeVisible();
  await page.keyboard.press('l');
  await expect(page.getByRole('heading', { name: '클러스터' })).toBeVisible();
  const before = await page.locator('html').getAttribute('data-theme');
  await page.keyboard.press('t');
  await expect(page.locator('html')).not.toHaveAttribute('data-theme', before ?? '');
});

test('who is not the host sees why buttons are off, and may crash their own node', async ({ page }) => {
  await page.setViewportSize({ width: 390, height: 844 });
  await open(page, 'host=0&slow=5');
  await expect(page.getByRole('heading', { name: 'You are a follower' })).toBeVisible();
  await expect(page.getByText('Only Ada, the host, can do this.').last()).toBeVisible();
  await expect(page.getByRole('button', { name: 'Cut off' })).toHaveAttribute('aria-disabled', 'true');
  await page.getByRole('button', { name: 'Crash', exact: true }).click();
  await expect(page.getByRole('heading', { name: 'You have crashed' })).toBeVisible();
  await page.getByRole('button', { name: 'Restart' }).click();
  await expect(page.getByRole('heading', { name: 'You are a follower' })).toBeVisible();
});

test('the command box and the buttons stand still while messages come and go', async ({ page }) => {
  await page.setViewportSize({ width: 1280, height: 720 });
  await open(page, 'slow=5');
  const box = page.getByRole('textbox', { name: /Command/ });
  const cutOff = page.getByRole('button', { name: 'Cut off', exact: true });
  const tops = () =>
    page.evaluate(
      async (selectors) => {
        const seen = selectors.map(() => new Set<number>());
        const untilMs = performance.now() + 1500;
        while (performance.now() < untilMs) {
          await new Promise(requestAnimationFrame);
          for (const [i, selector] of selectors.entries())
            seen[i]?.add(Math.round(document.querySelector(selector)?.getBoundingClientRect().top ?? -1));
        }
        return seen.map((each) => each.size);
      },
      ['#command', '.faults button'],
    );
  await expect(box).toBeInViewport();
  expect(await tops()).toEqual([1, 1]);
  for (const name of ['Jun', '민지 Minji', 'Tomás']) {
    await page.keyboard.press('ArrowRight');
    await expect(page.getByRole('complementary').getByRole('heading', { name, exact: true })).toBeVisible();
    await cutOff.click();
  }
  await box.fill('put /class/a');
  await page.keyboard.press('Enter');
  await expect(page.getByRole('alert')).toBeInViewport();
  await box.fill('put /class/a 1');
  await page.keyboard.press('Enter');
  await expect(page.getByRole('listitem').filter({ hasText: 'put /class/a 1' })).toBeInViewport({ ratio: 1 });
});

test('who has crashed is told so, and the room goes on in the bar', async ({ page }) => {
  await open(page, 'slow=5#mine');
  await page.getByRole('button', { name: 'Crash', exact: true }).click();
  await expect(page.getByRole('heading', { name: 'You have crashed' })).toBeVisible();
  await expect(page.getByText('Your disk keeps what was written.', { exact: false })).toBeVisible();
  await expect(page.getByText('5 voters')).toBeVisible();
  await expect(page.getByRole('button', { name: /Pause/ })).toBeVisible();
});

test('Calm names the tabs that are closed, which it can’t bring back', async ({ page }) => {
  await open(page, 'slow=5&closed=2');
  const calm = page.getByRole('button', { name: 'Calm' });
  await expect(calm).toHaveAttribute('aria-disabled', 'true');
  await expect(calm).toHaveAttribute('title', /Closed: Tomás, Lea/);
  await expect(page.getByRole('complementary').getByText(/Closed: Tomás, Lea/)).toBeVisible();
});

test('Slow and Drop are pressed to begin and pressed again to end', async ({ page }) => {
  await open(page, 'slow=5');
  const slow = page.getByRole('button', { name: 'Slow 120 ms' });
  await slow.click();
  await expect(slow).toHaveAttribute('aria-pressed', 'true');
  await expect(page.getByText('Slow 120 ms: Ada ↔ all')).toHaveCount(1);
  await expect(page.locator('.fault-mark')).toHaveCount(4);
  await slow.click();
  await expect(slow).toHaveAttribute('aria-pressed', 'false');
  await expect(page.getByText('Slow 120 ms: Ada ↔ all')).toHaveCount(0);
  await page.getByRole('button', { name: 'Cut a link…' }).click();
  const link = page.getByRole('group', { name: 'Link to' }).getByRole('button', { name: 'Jun' });
  await link.click();
  await expect(link).toHaveAttribute('aria-pressed', 'true');
  await expect(page.locator('.fault-mark')).toHaveCount(1);
});

test('an entry is followed by its number, and says the command of this tab', async ({ page }) => {
  await open(page, 'slow=5&commands=0');
  await page.keyboard.press('c');
  await page.keyboard.type('put /class/a 42');
  await page.keyboard.press('Enter');
  const done = page.getByText(/put \/class\/a 42.*entry \d+/);
  await expect(done).toBeVisible();
  const index = /entry (\d+)/.exec((await done.textContent()) ?? '')?.[1] ?? '';
  await page.getByRole('button', { name: `Follow entry ${index}`, exact: true }).click();
  await expect(page.getByRole('status').filter({ hasText: `Entry ${index}` })).toContainText(
    'put /class/a 42',
  );
});

test('a pause is marked on every Stage, and the projector says the pace', async ({ page }) => {
  await open(page, 'slow=20&watch=1');
  await expect(page.getByText('20× slower')).toBeVisible();
  await page.evaluate(() => window.quorate.pause());
  await expect(page.getByRole('region', { name: 'Cluster' }).getByRole('status')).toHaveText(/paused/);
});

test('the pace goes one named step a key', async ({ page }) => {
  await open(page, 'slow=20');
  const slider = page.getByRole('slider', { name: 'Pace' });
  await slider.focus();
  for (const words of ['40× slower', '80× slower', '160× slower', '320× slower', '1,000× slower']) {
    await page.keyboard.press('ArrowRight');
    await expect(slider).toHaveAttribute('aria-valuetext', words);
  }
  await page.keyboard.press('Home');
  await expect(slider).toHaveAttribute('aria-valuetext', 'real time');
  await expect.poll(() => page.evaluate(() => window.quorate.status().pace)).toBe(1);
});

test('the lobby starts what it shows, with the voters chosen', async ({ page }) => {
  await open(page, 'page=lobby&tabs=6');
  await expect(page.getByText('survives 2 crashes')).toBeVisible();
  await page.getByRole('checkbox', { name: 'Lea votes' }).uncheck();
  await page.getByRole('checkbox', { name: 'Tomás votes' }).uncheck();
  await expect(page.getByText('survives 1 crash', { exact: false })).toBeVisible();
  await page.getByRole('checkbox', { name: '민지 Minji votes' }).uncheck();
  await expect(page.getByText('Two voters survive no crash', { exact: false }).last()).toBeVisible();
  await page.getByRole('checkbox', { name: 'Lea votes' }).check();
  await page.getByRole('button', { name: 'Start Raft' }).click();
  await expect(page.getByText('Raft 3 voters')).toBeVisible();
});

test('the front page takes a pasted link and Enter, and says what is missing', async ({ page }) => {
  await open(page, 'page=front');
  await expect(page.getByText('Write the code first.').first()).toBeVisible();
  await page.getByLabel('Code or link').fill('http://192.168.1.20:3000/?room=maple-otter-42');
  await page.locator('#join-name').fill('Minji');
  await page.keyboard.press('Enter');
  await expect(page.getByRole('heading', { name: 'Scan to join' })).toBeVisible();
});

test('a watching page has panels and no controls', async ({ page }) => {
  await open(page, 'watch=1');
  await expect(page.getByRole('region', { name: 'Logs' })).toBeVisible();
  await page.getByRole('button', { name: 'Messages' }).click();
  await expect(page.getByRole('region', { name: 'Logs' })).toBeHidden();
  await expect(page.getByRole('button', { name: /Pause|Crash|Calm/ })).toHaveCount(0);
  await expect(page.getByRole('textbox')).toHaveCount(0);
});

test('"Where am I?" flashes the disc on the Stage', async ({ page }) => {
  await open(page, 'host=0&slow=5#mine');
  await page.getByRole('button', { name: 'Where am I?' }).click();
  await page.keyboard.press('2');
  await expect(page.locator(`[data-node="${node(2)}"] .flash`)).toBeAttached();
});

for (const [width, height] of [
  [390, 844],
  [1280, 720],
  [1600, 1000],
] as const) {
  test(`no screen scrolls sideways at ${width} by ${height}`, async ({ page }) => {
    await page.setViewportSize({ width, height });
    for (const query of [
      'page=front',
      'page=lobby&tabs=12',
      'slow=40',
      'slow=40#mine',
      'watch=1',
      'page=error',
    ]) {
      await open(page, query);
      await expect(page.getByText('Quorate').first()).toBeAttached();
      await expectNoSidewaysScroll(page);
    }
  });
}

test('the Stage fits a laptop: it does not scroll at all', async ({ page }) => {
  await page.setViewportSize({ width: 1280, height: 720 });
  await open(page, 'slow=40&tabs=9');
  await expect(page.getByRole('heading', { name: 'Messages' })).toBeInViewport();
  expect(
    await page.evaluate(() => document.documentElement.scrollHeight - window.innerHeight),
  ).toBeLessThanOrEqual(0);
});
