/**
 * Whether a report is its centre's: Ed25519 (RFC 8032) over the bytes of the frame as they came, by the browser's WebCrypto.
 *
 * The key comes from the page's own server. What can be checked and is wrong, or is not signed though a key is known, is
 * forged. What this browser cannot check is a warning all the same, and is called not verified; no fault of a check costs
 * an alarm.
 */

const SIGNATURE = /^[A-Za-z0-9_-]{86}$/; // base64url of 64 bytes
const KEY_BYTES = 32;
const PATIENCE_MS = 2000; // a check takes well under one; longer, and something is broken

export const VERIFIED = {kind: "verified"};
export const FORGED = {kind: "forged"};

/** `why`: "no-key", "bad-key", "no-crypto", "no-ed25519", "failed" or "snapshot". */
export function unverified(why) {
  return {kind: "unverified", why};
}

export class Verifier {
  #key = ""; // base64
  #imported = null; // a promise of a CryptoKey

  constructor({subtle = globalThis.crypto?.subtle, patience_ms = PATIENCE_MS} = {}) {
    Object.assign(this, {subtle, patience_ms});
  }

  /** Checks by this key from now on, base64 of 32 bytes; "": none is known. */
  setKey(key) {
    if (key === this.#key) return;
    this.#key = key;
    this.#imported = null;
  }

  /** `VERIFIED`, `FORGED` or why it is `unverified`; a promise where that takes a moment, which never fails. */
  check(words, signature) {
    if (!this.#key) return unverified("no-key");
    if (words === null || !SIGNATURE.test(signature)) return FORGED;
    if (!this.subtle) return unverified("no-crypto");
    const key = this.#import();
    return key ? this.#inTime(this.#verify(key, words, signature)) : unverified("bad-key");
  }

  /** A promise; null where the key is none. */
  #import() {
    const raw = bytesOf(this.#key);
    if (raw?.length !== KEY_BYTES) return null;
    this.#imported ??= begin(() => this.subtle.importKey("raw", raw, "Ed25519", false, ["verify"]));
    return this.#imported;
  }

  async #verify(imported, words, signature) {
    let key;
    try {
      key = await imported;
    } catch {
      return unverified("no-ed25519"); // 32 bytes are a key wherever the algorithm is known
    }
    try {
      const right = await this.subtle.verify("Ed25519", key, bytesOf(signature), new TextEncoder().encode(words));
      return right ? VERIFIED : FORGED;
    } catch {
      return unverified("failed");
    }
  }

  #inTime(checked) {
    let timer;
    const late = new Promise((resolve) => {
      timer = setTimeout(() => resolve(unverified("failed")), this.patience_ms);
    });
    return Promise.race([checked, late]).finally(() => clearTimeout(timer));
  }
}

/** What throws at once rejects like what throws later. */
async function begin(act) {
  return act();
}

/** Of base64 in either alphabet; null for what is none. */
function bytesOf(text) {
  try {
    return Uint8Array.from(atob(text.replaceAll("-", "+").replaceAll("_", "/")), (one) => one.charCodeAt(0));
  } catch {
    return null;
  }
}
