import type { Page, WebSocketRoute } from '@playwright/test';

/** An event of the signaling server, or of a page to it. */
export type Said = { readonly event: string; readonly body: Readonly<Record<string, unknown>> };

/** What a lying server makes of what goes through its hands; null: it is swallowed. */
export type Lie = (said: Said, to: 'page' | 'server') => Promise<Said | null> | Said | null;

/** socket.io's frame of an event, with the number of the answer that is asked for, where one is. */
const eventFrame = /^42(\d*)(\["[\s\S]*\])$/;

/**
 * Puts a liar between a page and its signaling server, which both take for the other: what it can do, a lying server can. To
 * be called before the page is opened. What it has to think about holds up nothing else.
 */
export async function lieTo(page: Page, lie: Lie): Promise<void> {
  await page.routeWebSocket(/\/socket\.io\//, (socket) => {
    const server = socket.connectToServer();
    const answer = (frame: string): void => socket.send(frame);
    socket.onMessage((frame) => void passOn(frame, 'server', server, lie, answer));
    server.onMessage((frame) => void passOn(frame, 'page', socket, lie));
  });
}

async function passOn(
  frame: string | Buffer,
  to: 'page' | 'server',
  target: WebSocketRoute,
  lie: Lie,
  answer: (frame: string) => void = () => undefined,
): Promise<void> {
  const [, id = '', json] = (typeof frame === 'string' ? eventFrame.exec(frame) : null) ?? [];
  if (json === undefined) return target.send(frame);
  const [event, body] = JSON.parse(json);
  const said = await lie({ event, body: body ?? {} }, to);
  if (said !== null) target.send(`42${id}${JSON.stringify([said.event, said.body])}`);
  // It says that all is well: what gets no answer would be sent another way.
  else if (id !== '') answer(`43${id}[{"ok":true}]`);
}
