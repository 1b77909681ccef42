import { GroupBar } from '../groups/GroupBar.js';
import { Overview } from '../groups/Overview.js';
import { useScreen } from '../screen.js';
import { Cluster } from './Cluster.js';
import { Deliveries } from './Deliveries.js';
import { Happened } from './Happened.js';
import { Inspector } from './Inspector.js';
import { Logs } from './Logs.js';
import { SpaceTime } from './SpaceTime.js';

/** The main screen: everything that all nodes tell. A watching page gets the projector's layout, two panels at a time. */
export function Stage() {
  const screen = useScreen();
  return (
    <>
      {screen.groups.length > 0 && <GroupBar />}
      {screen.isOverview.value ? <Overview /> : screen.app.watching ? <Projector /> : <Laptop />}
    </>
  );
}

function Laptop() {
  const nodes = useScreen().nodes.value.length;
  return (
    <main class="stage">
      <Cluster />
      <div class="stage-side" style={{ '--nodes': Math.max(3, nodes) }}>
        <Record />
        <Happened />
      </div>
      <SpaceTime />
      <Inspector />
    </main>
  );
}

/** What the protocol has agreed on, node by node: a log, or what was delivered. */
function Record() {
  const screen = useScreen();
  const isSaid = screen.record.value === 'said' && screen.store.panels.value.deliveries.size > 0;
  return screen.kind === 'broadcast' || isSaid ? <Deliveries /> : <Logs />;
}

function Projector() {
  const beside = useScreen().beside.value;
  return (
    <main class="projector">
      <Cluster />
      {beside === 'logs' ? <Record /> : beside === 'time' ? <SpaceTime /> : <Happened />}
    </main>
  );
}
