import { describe, expect, test } from 'vitest';
import { invitationOf } from './code.js';

describe('what a person types or pastes', () => {
  test.each([
    ['', '', null],
    [' Maple Otter 42 ', 'maple-otter-42', null],
    ['maple-otter-42', 'maple-otter-42', null],
    ['http://10.0.0.2:3000/?room=maple-otter-42', 'maple-otter-42', null],
    ['http://10.0.0.2:3000/?room=maple-otter-42&key=mq4zk7h2ws3apx6d', 'maple-otter-42', 'mq4zk7h2ws3apx6d'],
    [
      'http://10.0.0.2:3000/?key=mq4zk7h2ws3apx6d&room=maple-otter-42#stage',
      'maple-otter-42',
      'mq4zk7h2ws3apx6d',
    ],
  ])('%s leads to a room, and to a host where a link names one', (typed, room, key) => {
    expect(invitationOf(typed)).toEqual({ room, key });
  });
});
