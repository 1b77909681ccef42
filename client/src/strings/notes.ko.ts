import { josa } from './josa.js';
import { type Notes, who } from './notes.en.js';
import { text } from './sentence.js';

/** The same sentences in Korean. */
export const notesKo: Notes = {
  'vote-granted': (me, d, name) =>
    `${josa(me, '이/가')} 임기 ${text(d, 'term')}에서 ${who(d, 'candidate', name)}에게 투표했습니다.`,
  'vote-refused': (me, d, name) => `${josa(me, '이/가')} ${who(d, 'candidate', name)}의 부탁을 거절했습니다.`,
};
