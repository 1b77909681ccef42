import { josa } from './josa.js';
import type { unprovenEn } from './unproven.en.js';

const noLink = (way: string): string => `연결 정보는 ${josa(way, '이/가')} 전했습니다. 연결하지 않았습니다.`;

/** Who was not taken for a tab of the room, in Korean. */
export const unprovenKo: typeof unprovenEn = {
  server: '시그널링 서버',
  kinds: {
    'identity-mismatch': (who, way) =>
      `상대는 ${josa(who, '이/가')} 아니라 다른 키를 가진 누군가였습니다. ${noLink(way)}`,
    'proof-invalid': (who, way) => `상대는 자신이 ${who}임을 증명하지 못했습니다. ${noLink(way)}`,
    'proof-replayed': (who, way) => `누군가 다른 연결에 쓰인 ${who}의 증명을 다시 보냈습니다. ${noLink(way)}`,
    'fingerprint-swapped': (who, way) => `이 탭과 ${who} 사이에서 누군가 엿보려 했습니다. ${noLink(way)}`,
    'proof-refused': (who, way) =>
      `${who}의 자리에 있던 상대가 이 탭이 누구인지 믿지 않았습니다. ${noLink(way)}`,
  },
};
