export { NewsSpread, type NewsSpreadContext, TooMuchError } from './news-spread.js';
export { type OverlayLinks, OverlayOrMesh, type OverlayWishes } from './overlay-links.js';
export { newPage, type OverlayPage } from './page.js';
