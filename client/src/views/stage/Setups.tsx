import type { Fault } from '../../api/types.js';
import { strings } from '../../strings/index.js';
import type { Member } from '../members.js';
import { leaderOf } from '../model/looks.js';
import { Button } from '../parts/Button.js';
import { IntroductionsButton } from '../parts/IntroductionsButton.js';
import { useScreen } from '../screen.js';

/** Cuts every link between two groups, both ways. */
export function cutsBetween(left: readonly string[], right: readonly string[]): readonly Fault[] {
  return left.flatMap((a) =>
    right.flatMap((b): readonly Fault[] => [
      { kind: 'cut', from: a, to: b },
      { kind: 'cut', from: b, to: a },
    ]),
  );
}

/** Situations at the press of a button, for the host. Why they are off stands in the title's line: no line comes or goes. */
export function Setups(props: { readonly members: readonly Member[] }) {
  const screen = useScreen();
  const text = strings.value.cluster;
  const leader = leaderOf(screen.store.panels.value);
  const voters = props.members.map((member) => member.id);
  const hostOnly = screen.hostOnly();
  const noLeader = hostOnly ?? (leader === null ? text.noLeader : null);
  const noCut = noLeader ?? (voters.length < 3 ? text.tooFew : null);
  const { quorate } = screen.app;
  const cut = (apart: readonly string[]): void => {
    const rest = voters.filter((id) => !apart.includes(id));
    screen.act(() => quorate.faults.set(cutsBetween(apart, rest), screen.run));
  };
  const others = voters.filter((id) => id !== leader);
  // The leader keeps fewer than a majority: floor((n - 1) / 2) with itself.
  const withLeader = leader === null ? [] : [leader, ...others.slice(0, Math.ceil(voters.length / 2) - 2)];
  return (
    <div class="setups">
      <p class="setups-title">
        {text.setUp}
        {noCut !== null && `: ${noCut}`}
      </p>
      <Button off={noLeader} onClick={() => screen.act(() => quorate.crash(leader ?? undefined))}>
        {text.crashLeader}
      </Button>
      <Button off={noCut} onClick={() => leader !== null && cut([leader])}>
        {text.cutLeader}
      </Button>
      <Button off={noCut} onClick={() => cut(withLeader)}>
        {text.cutMajority}
      </Button>
      <IntroductionsButton />
    </div>
  );
}
