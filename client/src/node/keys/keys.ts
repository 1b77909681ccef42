import * as ed25519 from '@noble/ed25519';
import { sha512 } from '@noble/hashes/sha2.js';

ed25519.hashes.sha512 = sha512;

/** A key pair as the browser's database keeps it: the private half as a key nobody can read out, or as its seed. */
export type StoredKeys = {
  readonly publicKey: Uint8Array<ArrayBuffer>;
  readonly privateKey: CryptoKey | Uint8Array<ArrayBuffer>;
};

/** Makes an Ed25519 key pair: by WebCrypto where it knows the curve, else by noble. */
export async function generateKeys(): Promise<StoredKeys> {
  if (!(await hasWebCryptoEd25519())) {
    const privateKey = crypto.getRandomValues(new Uint8Array(32));
    return { privateKey, publicKey: ed25519.getPublicKey(privateKey).slice() };
  }
  const pair = await crypto.subtle.generateKey('Ed25519', false, ['sign', 'verify']);
  if (!('privateKey' in pair)) throw new TypeError('Ed25519 keys come in pairs');
  const publicKey = new Uint8Array(await crypto.subtle.exportKey('raw', pair.publicKey));
  return { publicKey, privateKey: pair.privateKey };
}

export async function signWith({ privateKey }: StoredKeys, bytes: Uint8Array): Promise<Uint8Array> {
  if (privateKey instanceof Uint8Array) return ed25519.sign(bytes, privateKey);
  return new Uint8Array(await crypto.subtle.sign('Ed25519', privateKey, bytes.slice()));
}

/** Whether `publicKey` signed these bytes. Never throws: what is no key or no signature is no proof. */
export async function verify(
  publicKey: Uint8Array,
  bytes: Uint8Array,
  signature: Uint8Array,
): Promise<boolean> {
  if (publicKey.length !== 32 || signature.length !== 64) return false;
  if (!(await hasWebCryptoEd25519())) return verifyByNoble(publicKey, bytes, signature);
  const key = await importedKey(publicKey);
  return key !== null && crypto.subtle.verify('Ed25519', key, signature.slice(), bytes.slice());
}

/** RFC 8032's strict reading, as WebCrypto's: both kinds of tabs must agree on every signature. */
function verifyByNoble(publicKey: Uint8Array, bytes: Uint8Array, signature: Uint8Array): boolean {
  try {
    return ed25519.verify(signature, bytes, publicKey, { zip215: false });
  } catch (error) {
    // noble throws on a key that is no point of the curve.
    if (error instanceof Error) return false;
    throw error;
  }
}

/** Keys of the last peers, since importing one costs as much as a check. Well above a room's number of tabs. */
const importedMax = 256;
const imported = new Map<string, Promise<CryptoKey | null>>();

function importedKey(publicKey: Uint8Array): Promise<CryptoKey | null> {
  const name = publicKey.join();
  const known = imported.get(name);
  if (known !== undefined) return known;
  const key = crypto.subtle
    .importKey('raw', publicKey.slice(), 'Ed25519', true, ['verify'])
    .catch(() => null);
  imported.set(name, key);
  const [oldest] = imported.keys();
  if (imported.size > importedMax && oldest !== undefined) imported.delete(oldest);
  return key;
}

let webCrypto: Promise<boolean> | null = null;

/** Plain http has no `crypto.subtle`; browsers of before 2025 have it without this curve. */
function hasWebCryptoEd25519(): Promise<boolean> {
  webCrypto ??=
    typeof crypto.subtle === 'undefined'
      ? Promise.resolve(false)
      : crypto.subtle.generateKey('Ed25519', false, ['sign', 'verify']).then(
          () => true,
          () => false,
        );
  return webCrypto;
}
