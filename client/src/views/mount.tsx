import '@fontsource-variable/inter/index.css';
import '@fontsource-variable/jetbrains-mono/index.css';
import './styles/index.css';
import { render } from 'preact';
import type { App } from './app.js';
import { listenForKeys } from './keys.js';
import { Root } from './Root.js';
import { Screen } from './screen.js';
import { applyTheme, theme } from './theme.js';

/** Shows an app in an element of the page. */
export function mount(app: App, element: Element): void {
  applyTheme(theme.peek());
  const screen = new Screen(app);
  // Before anything is drawn: an effect would miss the keys of whoever is quicker than the first frame.
  listenForKeys(screen);
  render(<Root screen={screen} />, element);
}
