export { ack, ping, pingReq, response, TestDetector } from './test-detector.js';
