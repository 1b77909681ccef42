import { paintMarks } from '../draw/marks.js';
import type { Member } from '../members.js';
import { ringOf } from '../model/geometry.js';
import { Canvas } from '../parts/Canvas.js';
import { reducedMotion } from '../parts/motion.js';
import { Ring } from '../stage/Ring.js';
import { palette } from '../theme.js';

const size = { width: 124, height: 140 };

/** One's own disc, as it looks on the Stage. */
export function MyDisc(props: { readonly member: Member }) {
  const { member } = props;
  const place = { x: size.width / 2, y: 82 };
  const ring = {
    ...ringOf(1, size.width, size.height, 14),
    disc: 42,
    places: [{ ...place, label: 'below' as const, room: size.width }],
  };
  return (
    <div class="my-disc arena" aria-hidden="true">
      <Ring members={[{ ...member, name: '', isSelf: false }]} ring={ring} />
      <Canvas
        class="over"
        size={size}
        paint={(context, frame) =>
          paintMarks(context, frame, {
            ring,
            places: new Map([[member.id, place]]),
            colours: palette(),
            isStill: reducedMotion.value,
            lostText: () => '',
            fontPx: 14,
          })
        }
      />
    </div>
  );
}
