import { useState } from 'preact/hooks';
import { strings } from '../../strings/index.js';
import { Button } from '../parts/Button.js';
import { useScreen } from '../screen.js';
import { Cluster } from './Cluster.js';
import { Happened } from './Happened.js';
import { Inspector } from './Inspector.js';
import { Logs } from './Logs.js';
import { SpaceTime } from './SpaceTime.js';

/** The main screen: everything that all nodes tell. A watching page gets the projector's layout, two panels at a time. */
export function Stage() {
  return useScreen().app.watching ? <Projector /> : <Laptop />;
}

function Laptop() {
  return (
    <main class="stage">
      <Cluster />
      <Logs />
      <Happened />
      <SpaceTime />
      <Inspector />
    </main>
  );
}

const choices = ['logs', 'time', 'happened'] as const;

function Projector() {
  const text = strings.value;
  const [second, setSecond] = useState<(typeof choices)[number]>('logs');
  const titles = { logs: text.logs.title, time: text.time.title, happened: text.happened.title };
  return (
    <main class="projector">
      <Cluster />
      {second === 'logs' ? <Logs /> : second === 'time' ? <SpaceTime /> : <Happened />}
      <fieldset class="panel-choice" aria-label={text.projector.panels}>
        {choices.map((choice) => (
          <Button key={choice} kind="quiet" pressed={choice === second} onClick={() => setSecond(choice)}>
            {titles[choice]}
          </Button>
        ))}
      </fieldset>
    </main>
  );
}
