import type { MutantList } from './mutant.js';

/** The failure detector's rules, each broken once. */
export const detector: MutantList = {
  protocol: 'detector',
  mutants: [
    {
      name: 'forget-incarnation-on-restart',
      breaks: 'A life begins with an incarnation above all of earlier lives.',
      edits: [
        {
          file: 'detector/incarnation',
          find: 'reserve(step, nextCounter(limit));',
          replace: 'reserve(step, 1);',
        },
      ],
      nodes: 3,
      seedsMax: 20,
      foundBy: ['incarnation-rises'],
    },
    {
      name: 'speak-before-durable',
      breaks: 'A node says no incarnation before its disk has reserved it.',
      edits: [
        {
          file: 'detector/detector',
          find: "if (event.type === 'start') recoverIncarnation(current, event.disk);",
          replace:
            "if (event.type === 'start') { recoverIncarnation(current, event.disk); state.incarnation.current = state.incarnation.writing.wanted; begin(current); }",
        },
      ],
      nodes: 3,
      seedsMax: 20,
      foundBy: ['incarnation-needs-disk'],
    },
    {
      name: 'older-suspicion-overrides',
      breaks: 'A suspicion of an older incarnation never overrides (SWIM 4.2).',
      edits: [
        {
          file: 'detector/members',
          find: 'if (news.incarnation !== known.incarnation) return news.incarnation > known.incarnation;',
          replace:
            "if (news.incarnation !== known.incarnation && news.status === 'alive') return news.incarnation > known.incarnation;",
        },
      ],
      nodes: 5,
      seedsMax: 20,
      foundBy: ['newest-verdict-wins'],
    },
    {
      name: 'confirmed-for-good',
      breaks: 'Who was confirmed comes back with a higher incarnation.',
      edits: [
        {
          file: 'detector/members',
          find: 'return news.incarnation > known.incarnation;',
          replace: "return known.status !== 'confirmed' && news.incarnation > known.incarnation;",
        },
      ],
      nodes: 3,
      seedsMax: 20,
      foundBy: ['accuracy'],
    },
    {
      name: 'accused-does-not-refute',
      breaks: 'An accused live node refutes with a higher incarnation (SWIM 4.2).',
      edits: [
        {
          file: 'detector/incarnation',
          find: 'if (isNews) raise(step, nextCounter(incarnation));',
          replace: '',
        },
      ],
      nodes: 3,
      seedsMax: 20,
      foundBy: ['accuracy'],
    },
    {
      name: 'raise-the-incarnation-of-others',
      breaks: 'Only a node itself raises its incarnation (SWIM 4.2).',
      edits: [
        {
          file: 'detector/judging',
          find: "learn(step, { node, status: 'suspect', incarnation }, true)",
          replace: "learn(step, { node, status: 'suspect', incarnation: incarnation + 1 }, true)",
        },
      ],
      nodes: 3,
      seedsMax: 20,
      foundBy: ['incarnation-is-own'],
    },
    {
      name: 'suspect-without-helpers',
      breaks: 'Helpers are asked, and have their time, before a node is suspected (SWIM 3.1).',
      edits: [
        {
          file: 'detector/judging',
          find: 'return isRefused || now >= probe.startedAt + state.options.indirectTimeoutMs;',
          replace: 'return true;',
        },
      ],
      nodes: 5,
      seedsMax: 20,
      foundBy: ['helpers-before-suspicion'],
    },
    {
      name: 'believe-the-first-refusal',
      breaks: 'Only when all helpers refuse need their time not be waited for.',
      edits: [
        {
          file: 'detector/judging',
          find: 'const isRefused = probe.asked.every((helper) => probe.refused.includes(helper));',
          replace: 'const isRefused = probe.asked.length === 0 || probe.refused.length > 0;',
        },
      ],
      nodes: 5,
      seedsMax: 20,
      foundBy: ['helpers-before-suspicion'],
    },
    {
      name: 'count-slept-time',
      breaks: 'What a node slept counts for no silence of others.',
      edits: [{ file: 'detector/awake', find: 'if (now <= latest) return now;', replace: 'return now;' }],
      nodes: 3,
      seedsMax: 30,
      foundBy: ['silence-before-suspicion'],
    },
    {
      name: 'suspect-at-the-lower-threshold',
      breaks: 'A node is suspected at the phi that is set for it (Hayashibara 4).',
      edits: [
        {
          file: 'detector/state',
          find: 'suspectDeviations: deviationsAt(options.suspectPhiTenths)',
          replace: 'suspectDeviations: deviationsAt(options.probePhiTenths)',
        },
      ],
      nodes: 3,
      seedsMax: 20,
      foundBy: ['silence-before-suspicion'],
    },
    {
      name: 'confirm-at-once',
      breaks: 'A suspicion is confirmed when there was time to refute it (SWIM 4.2).',
      edits: [
        {
          file: 'detector/judging',
          find: 'const isOver = member.confirmAt !== null && step.now >= member.confirmAt;',
          replace: 'const isOver = true;',
        },
      ],
      nodes: 3,
      seedsMax: 20,
      foundBy: ['refutation-has-time'],
    },
    {
      name: 'spread-for-ever',
      breaks: 'An update is piggybacked on at most its share of messages (SWIM 4.1).',
      edits: [{ file: 'detector/step', find: 'member.toSend -= 1;', replace: '' }],
      nodes: 5,
      seedsMax: 20,
      foundBy: ['bounded-dissemination'],
    },
    {
      name: 'accuse-behind-the-back',
      breaks: 'Who is suspected is told so with every message, until it refutes.',
      edits: [
        { file: 'detector/step', find: 'accuses: accusation(state.members[to]),', replace: 'accuses: null,' },
      ],
      nodes: 3,
      seedsMax: 20,
      foundBy: ['accuracy'],
    },
    {
      name: 'watch-everybody',
      breaks: 'No more nodes are watched than may be.',
      edits: [
        {
          file: 'detector/watching',
          find: 'while (Object.keys(watches).length < options.watchedMax) {',
          replace: 'while (true) {',
        },
      ],
      nodes: 5,
      seedsMax: 20,
      foundBy: ['caps'],
    },
    {
      name: 'keep-all-intervals',
      breaks: 'The window keeps the newest intervals alone (Hayashibara 5.1).',
      edits: [
        {
          file: 'detector/phi',
          find: 'if (intervals.length > options.windowSize) intervals.shift();',
          replace: '',
        },
      ],
      nodes: 3,
      seedsMax: 20,
      foundBy: ['caps'],
    },
    {
      name: 'indicate-again-and-again',
      breaks: 'A suspicion is indicated once.',
      edits: [
        {
          file: 'detector/members',
          find: 'if (isSuspected === member.isSuspected) return;',
          replace: 'if (!isSuspected && !member.isSuspected) return;',
        },
      ],
      nodes: 3,
      seedsMax: 20,
      foundBy: ['indications-alternate'],
    },
    {
      name: 'never-try-the-dead',
      breaks: 'Who was confirmed is tried again: it may be back.',
      edits: [
        {
          file: 'detector/heartbeat',
          find: 'if (state.ticks % retryEveryTicks === 0)',
          replace: 'if (false)',
        },
      ],
      nodes: 5,
      seedsMax: 50,
      foundBy: ['accuracy'],
    },
  ],
};
