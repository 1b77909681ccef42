import type { controlEn, introductionsEn } from './control.en.js';
import { josa } from './josa.js';
import { num } from './sentence.js';

/** Who may do what in a room, whose it is, and what was refused, in Korean. */
export const controlKo: typeof controlEn = {
  title: '누가 무엇을 할 수 있나',
  studentsMay: '학생은',
  students: { nothing: '다운 금지', 'own-node': '자기 노드만', everything: '모두 가능' },
  own: {
    host: '이 방의 호스트입니다.',
    coHost: '공동 호스트입니다. 다른 공동 호스트를 정하거나 방을 끝내는 것 말고는 모두 할 수 있습니다.',
    nothing: '호스트만 노드를 다운시킬 수 있습니다.',
    'own-node': '자기 노드를 다운시키고 다시 켤 수 있습니다.',
    everything: '호스트가 실험실에서 하는 일을 모두 할 수 있습니다.',
    watching: '이 페이지는 보기만 합니다.',
  },
  coHost: '공동 호스트',
  actions: (name) => `${name} 더 보기`,
  appoint: '공동 호스트로',
  appointTitle: '공동 호스트를 정하거나 방을 끝내는 것 말고는 모두 할 수 있습니다. 호스트가 없을 때도 됩니다',
  dismiss: '공동 호스트 해제',
  rename: '이름 바꾸기',
  newName: (name) => `${name}의 새 이름`,
  save: '저장',
  remove: '내보내기',
  removeTitle: '이 탭을 내보냅니다. 같은 노드로는 다시 들어올 수 없습니다.',
  dismissFirst: '공동 호스트는 내보낼 수 없습니다. 호스트가 먼저 해제합니다.',
  end: '방 끝내기…',
  endSure: '완전히 끝냅니다. 모든 탭이 나가고, 아무도 이 방을 다시 열 수 없습니다.',
  endYes: '완전히 끝내기',
  endNo: '그대로 두기',
  hostKey: '호스트 키',
  trust: {
    own: '링크와 QR 코드에 들어 있어, 어떤 서버도 다른 호스트를 내세울 수 없습니다.',
    link: '링크에 적힌 호스트입니다.',
    'first-use':
      '코드만으로 들어와서, 처음 만난 호스트를 그대로 믿었습니다. 호스트 화면의 키와 같은지 보세요.',
  },
  lied: '서버가 속였습니다',
  liedText: (code) =>
    `${code}에서 링크에 적힌 호스트가 아닌 다른 호스트의 방으로 데려왔습니다. 이 탭은 그 방에 참여하지 않습니다.`,
  liedNext: '호스트에게 링크를 다시 받으세요. 진짜 방이 나타나면 이 화면이 그 방으로 이어집니다.',
  reopened: (time) => `${time}까지 있던 방으로 돌아왔습니다. 지금은 아무도 없습니다.`,
  goOn: '이어서 하기',
  openNew: '새 방 열기',
  refused: (n) => `거부 ${num(n)}`,
  refusedTitle: '거부한 것',
  refusedText: '여기서는 방이 이렇게 바뀌지 않았습니다.',
  refusedKinds: {
    forged: (who) => `${josa(who, '이/가')} 위조한 변경을 보냈습니다.`,
    'other-host': (who) => `${josa(who, '이/가')} 다른 호스트의 방을 보냈습니다.`,
    older: (who) => `${josa(who, '이/가')} 방의 예전 상태를 다시 보냈습니다.`,
    overtaken: (who) => `${josa(who, '이/가')} 먼저 바꾸어, 이 탭의 변경은 반영되지 않았습니다.`,
    lost: (who) => `${who}의 방에는 이 탭에서 전에 바꾼 것이 없습니다.`,
  },
  times: (n) => `${num(n)}번`,
};

/** Whether the server introduces tabs to each other, in Korean. */
export const introductionsKo: typeof introductionsEn = {
  stop: '소개 중단',
  resume: '다시 소개',
  stopped: '서버는 지금 아무도 소개하지 않습니다. 클러스터는 계속됩니다.',
  title: '모든 탭이 서버와의 연결을 끊습니다. 서버는 페이지만 계속 보냅니다.',
  waits: '페이지는 열리지만, 지금 열거나 새로고침한 탭은 호스트가 다시 소개할 때까지 기다립니다.',
};
