import { language, setLanguage } from '../strings/index.js';
import { commandFieldId } from './parts/CommandBox.js';
import type { Screen, View } from './screen.js';
import { setTheme, theme } from './theme.js';

const viewKeys: { readonly [key: string]: View } = { '1': 'lobby', '2': 'stage', '3': 'mine' };

/** Listens for the keys of the list that `?` shows, as long as the page lives. */
export function listenForKeys(screen: Screen): void {
  addEventListener('keydown', (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || isTyping(event.target)) return;
    if (act(screen, event)) event.preventDefault();
  });
}

/** True when the key means something here. */
function act(screen: Screen, event: KeyboardEvent): boolean {
  const { key } = event;
  if (key === 't') setTheme(theme.value === 'dark' ? 'light' : 'dark');
  else if (key === 'l') setLanguage(language.value === 'en' ? 'ko' : 'en');
  else if (key === '?') screen.overlay.value = screen.overlay.value === 'keys' ? null : 'keys';
  else if (screen.app.page.value !== 'room') return false;
  else if (key === 'q') screen.overlay.value = screen.overlay.value === 'code' ? null : 'code';
  else if (key === 'g') return nextGroup(screen);
  else if (key === ' ') return togglePause(screen, event.target);
  else if (key === 'c') document.getElementById(commandFieldId)?.focus();
  else if (key === 'ArrowLeft' || key === 'ArrowRight')
    return step(screen, key === 'ArrowLeft' ? -1 : 1, event.target);
  else {
    const view = viewKeys[key];
    if (view === undefined || (view === 'mine' && screen.app.watching)) return false;
    screen.show(view);
  }
  return true;
}

/** From the overview through all groups, and back to it. */
function nextGroup(screen: Screen): boolean {
  const { groups } = screen;
  if (groups.length === 0) return false;
  const at = screen.isOverview.value ? -1 : groups.findIndex((group) => group.shown);
  screen.showGroup(groups[at + 1]?.run ?? null);
  return true;
}

/** The space key presses a focused button; elsewhere it pauses. */
function togglePause(screen: Screen, target: EventTarget | null): boolean {
  const { paused } = screen.app.status.value;
  if (target instanceof HTMLElement && target.closest('button, a, summary') !== null) return false;
  if (!screen.isOn || !screen.mayDrive || screen.isOverview.value) return false;
  const { quorate } = screen.app;
  screen.act(() => (paused ? quorate.resume(screen.run) : quorate.pause(screen.run)));
  return true;
}

function step(screen: Screen, by: 1 | -1, target: EventTarget | null): boolean {
  if (target instanceof HTMLInputElement) return false;
  const voters = screen.nodes.value;
  if (voters.length === 0) return false;
  const at = voters.indexOf(screen.node.value ?? '');
  screen.chosenNode.value = voters[(at + by + voters.length) % voters.length] ?? null;
  return true;
}

function isTyping(target: EventTarget | null): boolean {
  if (target instanceof HTMLInputElement) return target.type !== 'range' && target.type !== 'checkbox';
  return target instanceof HTMLTextAreaElement;
}
