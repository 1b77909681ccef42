import { encode } from 'uqr';

/** A QR code, dark on white in every theme: some cameras read nothing else. */
export function Qr(props: { readonly text: string; readonly label: string }) {
  const { size, data } = encode(props.text, { ecc: 'M', border: 2 });
  const path = data.flatMap((row, y) => row.map((dark, x) => (dark ? `M${x} ${y}h1v1h-1z` : ''))).join('');
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
