import { useMemo } from 'preact/hooks';
import { encode } from 'uqr';

/** A QR code, dark on white in every theme: some cameras read nothing else. */
export function Qr(props: { readonly text: string; readonly label: string }) {
  // Choosing the mask costs milliseconds, and the lobby is drawn anew whenever anything of any tab is another.
  const { size, path } = useMemo(() => drawing(props.text), [props.text]);
  return (
    <svg
      class="qr"
      viewBox={`0 0 ${size} ${size}`}
      role="img"
      aria-label={props.label}
      shape-rendering="crispEdges"
    >
      <rect width={size} height={size} fill="#fff" />
      <path d={path} fill="#1c2229" />
    </svg>
  );
}

function drawing(text: string): { readonly size: number; readonly path: string } {
  const { size, data } = encode(text, { ecc: 'M', border: 2 });
  const path = data.flatMap((row, y) => row.map((dark, x) => (dark ? `M${x} ${y}h1v1h-1z` : ''))).join('');
  return { size, path };
}
