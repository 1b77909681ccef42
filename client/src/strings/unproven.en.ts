/** Who was not taken for a tab of the room, in English. `way`: who passed on the signals that led there. */
export const unprovenEn = {
  server: 'the signaling server',
  kinds: {
    'identity-mismatch': (who: string, way: string) =>
      `Not ${who}, but somebody with another key was at the other end. The way there came from ${way}. No link was made.`,
    'proof-invalid': (who: string, way: string) =>
      `Somebody who could not prove to be ${who} was at the other end. The way there came from ${way}. No link was made.`,
    'proof-replayed': (who: string, way: string) =>
      `Somebody gave a proof of ${who} that was made for another link. The way there came from ${way}. No link was made.`,
    'fingerprint-swapped': (who: string, way: string) =>
      `Somebody between this tab and ${who} would have read along. The way there came from ${way}. No link was made.`,
    'proof-refused': (who: string, way: string) =>
      `Whoever was reached as ${who} did not believe who this tab is. The way there came from ${way}. No link was made.`,
  },
};
