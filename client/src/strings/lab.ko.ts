import type { chatEn, deliveriesEn, notShownEn, recordEn, stepEn } from './lab.en.js';
import { num } from './sentence.js';

/** What is shown of a log, in Korean. */
export const recordKo: typeof recordEn = { label: '로그에서 볼 것', log: '항목', said: '나눈 말' };

/** What every node has delivered, side by side, in Korean. */
export const deliveriesKo: typeof deliveriesEn = {
  title: '노드마다 전달된 순서',
  note: '나란히',
  empty: '아직 전달된 것이 없습니다. 아래에 한마디 적어 보세요.',
  verdict: (moved, missing) => {
    if (moved === 0 && missing === 0) return '모두 같습니다';
    const order = moved === 0 ? '' : `순서가 다른 것 ${moved}개`;
    const lost = missing === 0 ? '' : `전달되지 않은 것 ${missing}개`;
    return [order, lost].filter((part) => part !== '').join(' · ');
  },
  moved: '여기서는 순서가 다름',
  notHere: '여기에는 전달되지 않음',
  missing: (name) => `${name}에 전달되지 않은 것`,
  from: (name) => `${name}에게서`,
  spread: (text, nodes, hops, copies) =>
    `“${text}”: 노드 ${num(nodes)}개, 최대 ${num(hops)}홉, 사본 ${num(copies)}개;`,
  redundancy: (more) => `중복도 ${num(Math.round(more * 100) / 100)}`,
};

/** What of the trace did not come here, in Korean. */
export const notShownKo: typeof notShownEn = {
  events: (count) => `표시되지 않은 이벤트 ${num(count)}개`,
  hint: '너무 많아 노드가 일부를 생략했거나, 이 페이지를 열기 전의 것입니다. 그래도 각 노드의 상태는 온전합니다.',
  verdict: (count) => `판정이 불완전합니다: 규칙 위반을 증명할 수 있는 이벤트 ${num(count)}개를 잃었습니다`,
};

/** A line to everybody, in Korean. */
export const chatKo: typeof chatEn = {
  title: (name) => `${name}(으)로 모두에게 말하기`,
  placeholder: '안녕하세요',
  help: '모든 노드가 받습니다. 어떤 순서로 받을지는 프로토콜이 정합니다.',
};

/** One step at a time, in Korean. */
export const stepKo: typeof stepEn = {
  title: '한 단계씩',
  choose: '또는 아래에서 기다리는 타이머나 메시지를 고르세요. 그것 하나만 일어납니다.',
  until: { vote: '다음 투표까지', commit: '다음 커밋까지' },
  untilTitle: {
    vote: '후보가 표를 받을 때까지 진행하고 다시 멈춥니다',
    commit: '항목이 커밋될 때까지 진행하고 다시 멈춥니다',
  },
  deliver: (kind) => `이 ${kind} 지금 전달하기`,
  fire: (timer) => `${timer} 지금 울리기`,
};
