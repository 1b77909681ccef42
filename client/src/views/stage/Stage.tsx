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
  const nodes = useScreen().nodes.value.length;
  return (
    <main class="stage">
      <Cluster />
      <div class="stage-side" style={{ '--nodes': Math.max(3, nodes) }}>
        <Logs />
        <Happened />
      </div>
      <SpaceTime />
      <Inspector />
    </main>
  );
}

function Projector() {
  const beside = useScreen().beside.value;
  return (
    <main class="projector">
      <Cluster />
      {beside === 'logs' ? <Logs /> : beside === 'time' ? <SpaceTime /> : <Happened />}
    </main>
  );
}
