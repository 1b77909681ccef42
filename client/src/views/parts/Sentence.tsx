import { pieces } from '../../strings/index.js';

/** A sentence with the names of nodes in bold. */
export function Sentence(props: { readonly text: string }) {
  return (
    <>
      {pieces(props.text).map((piece, i) =>
        piece.strong ? <strong key={i}>{piece.text}</strong> : <span key={i}>{piece.text}</span>,
      )}
    </>
  );
}
