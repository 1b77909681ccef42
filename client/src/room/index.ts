export { foundRoom, hostKeyOf, isHostKey, type RoomVersion, type Signer } from './control/index.js';
export { createDocument } from './document.js';
export { Quorate } from './quorate.js';
export { Room } from './room.js';
export { type KeptRoom, nothingKept, RoomStorage } from './storage.js';
