import type { Member } from '../members.js';
import { reignVar } from '../theme.js';
import { crownPath } from './icons.js';

type Props = { readonly member: Member; readonly disc: number };

/** What stands in and around a disc of radius `disc`: its number and a leader's crown, or the mark of who is gone. */
export function DiscFace({ member, disc }: Props) {
  const { look, number, node } = member;
  const reign = node?.observation?.reign ?? 0;
  if (isGone(member)) {
    const arm = disc * 0.28;
    const cross = `M${-arm} ${-arm}L${arm} ${arm}M${arm} ${-arm}L${-arm} ${arm}`;
    return <path class="gone" d={look === 'crashed' ? cross : `M${-arm} 0H${arm}`} />;
  }
  return (
    <>
      <text class="reign" style={{ fontSize: `${disc * 0.72}px` }}>
        {number}
      </text>
      {(look === 'leader' || look === 'stale-leader') && (
        <>
          <circle class="leader-ring" r={disc * 1.19} style={{ '--reign': reignVar(reign) }} />
          <path
            class="crown"
            style={{ '--reign': reignVar(reign) }}
            transform={`translate(0 ${-disc * 1.38}) scale(${disc / 40}) translate(-12 -18)`}
            d={crownPath}
          />
        </>
      )}
    </>
  );
}

export function isGone({ look }: Member): boolean {
  return look === 'crashed' || look === 'left' || look === 'stopped';
}
