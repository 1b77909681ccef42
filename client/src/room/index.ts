export { createDocument, type RoomDocument } from './document.js';
export { Quorate } from './quorate.js';
export { Room } from './room.js';
export { type KeptRoom, RoomStorage } from './storage.js';
