import type { Crypto } from '@quorate/shared/host';

/** PLACEHOLDER until keys move */
export const noSignatures: Crypto = {
  sign: () => {
    throw new Error('no signatures yet');
  },
  verify: (_s, _b, _g, done) => done(false),
};
