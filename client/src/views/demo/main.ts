import { mount } from '../index.js';
import { DemoApp, type DemoOptions } from './app.js';

const query = new URLSearchParams(location.search);
const number = (name: string, otherwise: number): number => Number(query.get(name) ?? otherwise);
const page = query.get('page');
const tabs = number('tabs', 5);

const options: DemoOptions = {
  page: page === 'front' || page === 'joining' || page === 'error' ? page : 'room',
  tabs,
  voters: number('voters', Math.min(9, tabs)),
  pace: 1 / number('slow', 40),
  host: query.get('host') !== '0',
  watching: query.get('watch') === '1',
  running: page !== 'lobby' && page !== 'front' && page !== 'joining' && page !== 'error',
  closed: number('closed', 0),
  commands: number('commands', 0.25),
};

const app = new DemoApp(options);
const place = document.getElementById('app');
if (place === null) throw new Error('the page has no place for the app');
mount(app, place);
Object.assign(globalThis, { quorate: app.quorate });
