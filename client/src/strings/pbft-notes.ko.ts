import { josa } from './josa.js';
import type { pbftNotesEn } from './pbft-notes.en.js';
import { type Data, type NameOf, num, text } from './sentence.js';

type Sentence = (me: string, data: Data, name: NameOf) => string;

const whom = (d: Data, key: string, name: NameOf): string => {
  const value = d[key];
  return typeof value === 'string' ? name(value) : '–';
};

const leaves: { readonly [reason: string]: string } = {
  'request-not-executed': '요청이 제때 실행되지 않았습니다',
  'no-new-view': '앞의 뷰가 제때 시작되지 않았습니다',
  'others-left': '충분히 많은 노드가 요청합니다',
  'new-view-refused': '앞 뷰의 프라이머리가 거짓말을 했습니다',
};

/** The same sentences in Korean. */
export const pbftNotesKo: { readonly [Code in keyof typeof pbftNotesEn]: Sentence } = {
  'view-change': (me, d) =>
    `${josa(me, '이/가')} 뷰 ${text(d, 'view')}을 요청합니다: ${leaves[text(d, 'reason')] ?? text(d, 'reason')}.`,
  'view-entered': (me, d) =>
    `${josa(me, '이/가')} 뷰 ${text(d, 'view')}에 들어가 제안 ${num(Number(d['prePrepares']))}개를 이어받습니다.`,
  'conflicting-pre-prepare': (me, d, name) =>
    `${josa(whom(d, 'from', name), '이/가')} 거짓말을 합니다: 뷰 ${text(d, 'view')}의 ${text(d, 'sequence')}번에 두 묶음을 서명했고, 둘 다 ${me}에게 있습니다.`,
  'wrong-digest': (me, d, name) =>
    `${josa(me, '은/는')} ${text(d, 'sequence')}번에 대한 ${whom(d, 'from', name)}의 제안을 거절합니다: 다이제스트가 묶음과 다릅니다.`,
  'batch-missing': (me, d) =>
    `${josa(me, '은/는')} ${text(d, 'sequence')}번의 다이제스트만 알아 묶음을 요청합니다.`,
  'view-change-refused': (me, d, name) =>
    `${josa(me, '은/는')} ${whom(d, 'from', name)}의 뷰 ${text(d, 'view')} 요청을 세지 않습니다: 증명서가 아무것도 증명하지 못합니다.`,
  'new-view-incomplete': (me, d, name) =>
    `${josa(me, '은/는')} ${josa(whom(d, 'from', name), '이/가')} 시작한 뷰 ${text(d, 'view')}을 아직 확인할 수 없습니다: 뷰 변경 메시지가 하나 없습니다.`,
  'new-view-refused': (me, d, name) =>
    `${josa(whom(d, 'from', name), '이/가')} 거짓말을 합니다: 뷰 ${text(d, 'view')}을 증명서가 요구하는 것과 다르게 시작합니다. ${josa(me, '은/는')} 떠납니다.`,
  'checkpoint-stable': (me, d) =>
    `${me}에서 ${text(d, 'sequence')}번 체크포인트가 안정되었습니다: 정족수가 같은 상태입니다.`,
  'state-diverged': (me, d) =>
    `${text(d, 'sequence')}번에서 정족수의 상태가 ${josa(me, '과/와')} 다릅니다: 견딜 수 있는 것보다 많은 노드가 거짓말을 합니다.`,
  'state-asked': (me, d, name) =>
    `${josa(me, '은/는')} 뒤처져 ${whom(d, 'from', name)}에게 ${text(d, 'sequence')}번의 상태를 요청합니다.`,
  'state-sent': (me, d, name) =>
    `${josa(me, '이/가')} ${text(d, 'sequence')}번의 상태를 ${whom(d, 'to', name)}에게 보냅니다.`,
  'state-refused': (me, d, name) =>
    `${josa(me, '은/는')} ${josa(whom(d, 'from', name), '이/가')} 보낸 상태를 거절합니다: 증명이 다른 상태에 대한 것입니다.`,
  'request-refused': (me, d, name) =>
    `${josa(me, '은/는')} ${whom(d, 'client', name)}의 요청을 받지 않습니다: 기다리는 요청이 너무 많습니다.`,
  'read-refused': (me, d, name) =>
    `${josa(me, '은/는')} ${whom(d, 'client', name)}의 읽기에 답하지 않습니다: 기다리는 읽기가 너무 많습니다.`,
};
