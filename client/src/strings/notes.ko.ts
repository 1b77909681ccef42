import { josa } from './josa.js';
import { type NoteTable, sayers, who } from './notes.en.js';
import { pbftNotesKo } from './pbft-notes.ko.js';
import { type Data, list, type NameOf, namesIn, num, text } from './sentence.js';

const entries = (first: number, last: number): string =>
  first === last ? `${num(last)}번 항목` : `${num(first)}–${num(last)}번 항목`;

const namesMost = 4;

/** `Ada, Jun, Minji`; beyond a few names their number. */
export function and(names: readonly string[]): string {
  return names.length > namesMost ? `노드 ${names.length}개` : names.join(', ');
}

const because: { readonly [reason: string]: (to: string) => string } = {
  'older-term': (to) => `${josa(to, '이/가')} 더 오래된 임기에 있습니다`,
  'already-voted': () => '이번 임기의 표를 이미 주었습니다',
  'leader-heard': () => '방금 리더의 소식을 들었습니다',
  'log-older': (to) => `${to}의 로그가 더 오래된 임기로 끝납니다`,
  'log-shorter': (to) => `${to}의 로그가 더 짧습니다`,
};

function refusal(d: Data, name: NameOf): string {
  return because[text(d, 'reason')]?.(who(d, 'to', name)) ?? text(d, 'reason');
}

const broadcasts = (first: number, last: number): string =>
  first === last ? `${num(last)}번` : `${num(first)}–${num(last)}번`;

const neighbourDown: { readonly [why: string]: string } = {
  failed: '연결되지 않습니다',
  disconnected: '상대가 알려 왔습니다',
  dropped: '다른 이웃에게 자리를 내주었습니다',
};

const steppedDown: { readonly [reason: string]: string } = {
  'higher-term': '더 높은 임기를 보았습니다',
  'no-quorum': '과반수가 응답이 없습니다',
  'clock-jumped': '시계가 건너뛰어 그사이 다른 리더가 있을 수 있습니다',
  removed: '이제 투표자가 아닙니다',
};

const roles: { readonly [role: string]: string } = {
  leader: '리더',
  candidate: '후보',
  'pre-candidate': '사전 투표',
};

const reason = (table: { readonly [reason: string]: string }, d: Data): string =>
  table[text(d, 'reason')] ?? text(d, 'reason');

/** The same sentences in Korean. */
export const notesKo: NoteTable = {
  committed: (me, d, name) =>
    `${josa(me, '이/가')} ${list(d, 'first', 'last', entries)}을 커밋했습니다: ${and(namesIn(d, 'holders', name))}의 디스크에 있습니다.`,
  'vote-granted': (me, d, name) =>
    `${josa(and(sayers(me, d, name)), '이/가')} 임기 ${text(d, 'term')}에서 ${who(d, 'to', name)}에게 투표했습니다.`,
  'vote-refused': (me, d, name) =>
    `${josa(and(sayers(me, d, name)), '은/는')} ${who(d, 'to', name)}에게 투표하지 않았습니다: ${refusal(d, name)}.`,
  'pre-vote-granted': (me, d, name) =>
    `${josa(and(sayers(me, d, name)), '은/는')} 임기 ${text(d, 'term')}에서 ${who(d, 'to', name)}에게 투표할 것입니다.`,
  'pre-vote-refused': (me, d, name) =>
    `${josa(and(sayers(me, d, name)), '은/는')} ${who(d, 'to', name)}에게 투표하지 않을 것입니다: ${refusal(d, name)}.`,
  'pre-vote-not-won': (me, d) =>
    `${josa(me, '은/는')} 찬성 ${text(d, 'yes')}, 반대 ${text(d, 'no')}로 과반수를 얻지 못해 임기 ${text(d, 'term')}에 머뭅니다.`,
  'election-not-won': (me, d) =>
    `${josa(me, '은/는')} 임기 ${text(d, 'term')}에서 찬성 ${text(d, 'yes')}, 반대 ${text(d, 'no')}로 이기지 못했습니다.`,
  'stepped-down': (me, d) =>
    `${josa(me, '이/가')} ${josa(roles[text(d, 'was')] ?? text(d, 'was'), '을/를')} 그만두었습니다: ${reason(steppedDown, d)}.`,
  'term-raised': (me, d, name) =>
    `${josa(me, '이/가')} ${who(d, 'from', name)}의 말을 듣고 임기 ${josa(text(d, 'term'), '으로/로')} 갔습니다.`,
  'second-leader': (me, d, name) =>
    `${josa(me, '이/가')} 이끄는 임기 ${text(d, 'term')}에서 ${who(d, 'from', name)}도 리더라고 합니다.`,
  'log-truncated': (me, d) =>
    `${josa(me, '이/가')} 로그에서 ${list(d, 'from', 'to', entries)}을 잘랐습니다: 리더의 것과 다릅니다.`,
  'append-rejected': (me, d, name) =>
    `${who(d, 'from', name)}에게 ${text(d, 'prevLogIndex')}번 항목이 없어 ${josa(me, '이/가')} ${text(d, 'nextIndex')}번으로 돌아갑니다.`,
  'snapshot-sent': (me, d, name) =>
    `${who(d, 'to', name)}에게 필요한 ${text(d, 'nextIndex')}번 항목이 ${me}의 로그에 더는 없어서 스냅숏을 보냅니다.`,
  'learners-added': (me, d, name) =>
    `${josa(me, '이/가')} ${and(namesIn(d, 'learners', name))}에게 먼저 투표권 없이 로그를 따라잡게 합니다.`,
  'learner-caught-up': (me, d, name) =>
    `${josa(who(d, 'node', name), '이/가')} ${me}의 로그를 따라잡아 이제 투표자가 될 수 있습니다.`,
  'learner-too-slow': (me, d, name) =>
    `${josa(me, '은/는')} ${and(namesIn(d, 'nodes', name))}의 따라잡기를 더 기다리지 않습니다: 투표자는 그대로입니다.`,
  'joint-entered': (me, d, name) =>
    `${josa(me, '이/가')} 투표자를 바꾸기 시작합니다: 당분간 ${and(namesIn(d, 'voters', name))}의 과반수와 ${and(namesIn(d, 'incoming', name))}의 과반수가 모두 필요합니다.`,
  'configuration-entered': (me, d, name) =>
    `${josa(me, '이/가')} 변경을 마칩니다: 이제 ${and(namesIn(d, 'voters', name))}만 투표합니다.`,
  'configuration-rolled-back': (me, d, name) =>
    `${josa(me, '이/가')} 로그에서 투표자 변경을 잘랐습니다: 전처럼 ${and(namesIn(d, 'voters', name))}만 투표합니다.`,
  'transfer-began': (me, d, name) =>
    `${josa(me, '이/가')} ${who(d, 'to', name)}에게 리더를 넘기며 그동안 명령을 받지 않습니다.`,
  'transfer-given-up': (me, d, name) =>
    `${josa(who(d, 'to', name), '이/가')} 제때 리더가 되지 못해 ${josa(me, '이/가')} 계속 이끕니다.`,
  'timeout-now': (me, d, name) =>
    `${josa(who(d, 'from', name), '이/가')} ${me}에게 리더를 맡겨, 바로 선거를 시작합니다.`,
  'snapshot-stale': (me, d, name) =>
    `${josa(me, '은/는')} ${who(d, 'from', name)}의 스냅숏을 이미 다 알고 있었습니다.`,
  'broadcast-given-up': (me, d, name) =>
    `${josa(me, '이/가')} ${who(d, 'to', name)}에게 보낼 ${text(d, 'sequence')}번 메시지를 포기했습니다: 응답 없이 기다리는 메시지가 너무 많습니다.`,
  'relays-for-suspected': (me, d, name) =>
    `${josa(who(d, 'origin', name), '이/가')} 멈췄을 수 있어 ${josa(and(sayers(me, d, name)), '이/가')} 가지고 있는 그 메시지를 대신 전합니다.`,
  'broadcast-missed': (me, d, name) =>
    `${josa(me, '은/는')} ${who(d, 'origin', name)}의 메시지 ${list(d, 'first', 'last', broadcasts)}을 끝내 받지 못합니다: 다른 노드의 저장소가 가득 차 이미 버렸습니다.`,
  'node-suspected': (me, d, name) =>
    d['hearsay'] === true
      ? `${josa(and(sayers(me, d, name)), '이/가')} ${josa(who(d, 'node', name), '을/를')} 의심합니다: 다른 노드들이 소식을 듣지 못합니다.`
      : `${josa(and(sayers(me, d, name)), '이/가')} ${josa(who(d, 'node', name), '을/를')} 의심합니다: 너무 오래 조용하고 아무도 닿지 못합니다.`,
  'node-trusted': (me, d, name) =>
    `${josa(and(sayers(me, d, name)), '이/가')} ${josa(who(d, 'node', name), '을/를')} 다시 믿습니다.`,
  'node-confirmed': (me, d, name) =>
    `${josa(and(sayers(me, d, name)), '은/는')} ${josa(who(d, 'node', name), '이/가')} 떠난 것으로 봅니다: 제때 반박이 없었습니다.`,
  'accusation-refuted': (me, d) =>
    `${josa(me, '이/가')} 의심받았지만 살아 있습니다: 인카네이션 ${josa(text(d, 'incarnation'), '으로/로')} 알립니다.`,
  'neighbour-down': (me, d, name) =>
    `${josa(me, '은/는')} ${josa(who(d, 'node', name), '과/와')} 더는 이웃이 아닙니다: ${neighbourDown[text(d, 'why')] ?? text(d, 'why')}.`,
  'candidate-failed': (me, d, name) =>
    `${josa(me, '이/가')} ${josa(who(d, 'node', name), '을/를')} 이웃으로 삼지 못했습니다: 응답이 없습니다.`,
  graft: (me, d, name) =>
    `${josa(me, '은/는')} ${who(d, 'origin', name)}의 ${text(d, 'sequence')}번 메시지를 소식만 듣고 받지 못해 ${who(d, 'to', name)}에게 요청합니다.`,
  'message-given-up': (me, d, name) =>
    `${josa(me, '은/는')} ${who(d, 'origin', name)}의 ${text(d, 'sequence')}번 메시지를 더 물어볼 이웃이 없습니다. 나중에 이웃과 비교해 찾습니다.`,
  'tree-optimized': (me, d, name) =>
    `${josa(me, '은/는')} 이제 ${who(d, 'from', name)} 대신 ${who(d, 'to', name)}에게서 메시지를 받습니다: ${text(d, 'fewer')}홉 더 짧습니다.`,
  'gap-given-up': (me, d, name) =>
    `${josa(me, '은/는')} ${who(d, 'origin', name)}의 메시지 ${list(d, 'from', 'to', broadcasts)}을 더는 기다리지 않습니다.`,
  'origin-refused': (me, d, name) =>
    `${josa(me, '은/는')} ${who(d, 'origin', name)}의 메시지를 받지 않습니다: 아는 발신자가 너무 많습니다.`,
  ...pbftNotesKo,
};
