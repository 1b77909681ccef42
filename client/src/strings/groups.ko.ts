import type { groupsEn } from './groups.en.js';
import { josa } from './josa.js';
import { num } from './sentence.js';

/** Several clusters side by side, in Korean. */
export const groupsKo: typeof groupsEn = {
  name: (n) => `그룹 ${n}`,
  label: '그룹',
  howMany: '클러스터 수',
  one: '클러스터 하나',
  of: (size) => `${size}명씩`,
  needs: (size) => `한 그룹을 만들려면 탭이 ${size}개 필요합니다.`,
  plan: (groups, rest) =>
    rest === 0 ? `그룹 ${num(groups)}개, 남는 탭 없음` : `그룹 ${num(groups)}개, 관람 ${num(rest)}`,
  each: (survives) => `그룹마다 ${survives}`,
  watch: '관람',
  byHand: '다른 그룹으로 옮기려면 탭 목록에서 그룹을 고르세요.',
  groupOf: (name) => `${name}의 그룹`,
  newGroup: '새 그룹',
  watches: '관람',
  start: (protocol, groups) => `그룹 ${num(groups)}개로 ${protocol} 시작`,
  none: '이 크기의 그룹을 만들기에는 탭이 모자랍니다.',
  two: (group) => `${josa(group, '은/는')} 투표자가 둘이라 하나만 다운되어도 멈춥니다. 셋이나 하나로 하세요.`,
  many: (group) => `${group}에 투표자가 아홉보다 많습니다.`,
  running: (groups) => `그룹 ${num(groups)}개가 실행 중입니다.`,
  stop: '종료',
  stopAll: '모두 종료',
  overview: '전체 보기',
  yours: '내 그룹',
  leads: (name, term) => `리더 ${name}, 임기 ${num(term)}`,
  noLeader: (term) => (term === 0 ? '아직 리더 없음' : `리더 없음, 임기 ${num(term)}`),
  committed: (committed, last) =>
    committed === last ? `커밋 ${num(committed)}` : `${num(last)}개 중 ${num(committed)}개 커밋`,
  delivered: (n) => `전달 ${num(n)}`,
  faults: (n) => `장애 ${num(n)}`,
  gone: (n) => `${num(n)}개 없음`,
  pauseAll: '모두 일시정지',
  resumeAll: '모두 계속',
  watching: (n) => `탭 ${num(n)}개 관람`,
  count: (n) => `그룹 ${num(n)}개`,
  elsewhere: (group) => `이 탭의 노드는 ${group}에 있습니다. 보내려면 그 그룹을 보세요.`,
  onlyWatches: '이 탭은 어느 그룹에도 없어 보기만 합니다.',
  outside: '관람 중입니다',
  outsideText: '이 탭은 어느 그룹에도 없습니다. 무대에서 그룹마다 들여다볼 수 있습니다.',
};
